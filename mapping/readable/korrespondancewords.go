package readable

// actWords are what a message does in its thread.
var actWords = map[string]string{
	"new-message": "Ny", "reply-message": "Svar", "forward-message": "Videresendt", "modified-message": "Rettelse",
	"retract-message": "Tilbagetrækning", "carboncopy-message": "Kopi",
}

// categoryWords are MedCom's categories (medcom-careCommunication-categoryCodes
// 1.9.0).
var categoryWords = map[string]string{
	"alcohol-and-drug-treatment": "Rusmiddelbehandling", "assistive-devices": "Hjælpemidler", "carecoordination": "Forløbskoordinering",
	"decease": "Dødsfald", "discharge": "Udskrivelse", "examination-results": "Undersøgelsessvar", "healthcare": "Sundhedspleje",
	"home-care-assessment": "Visitation", "medicine": "Medicin", "nursing": "Sygepleje", "outpatient": "Ambulant",
	"psychiatry-social-disability": "Psykiatri, social, handicap", "regarding-referral": "Vedr. henvisning", "telemedicine": "Telemedicin",
	"training": "Træning", "acute-ambulant": "Akut ambulant", "extended-care-responsibility": "Udvidet behandlingsansvar", "other": "Andet",
}

var priorityWords = map[string]string{"routine": "Rutine", "asap": "Hurtigst muligt", "urgent": "Haster", "stat": "Straks"}

var mediaWords = map[string]string{
	"application/pdf": "PDF", "image/gif": "billede (GIF)", "image/jpeg": "billede (JPEG)", "image/png": "billede (PNG)",
	"image/tiff": "billede (TIFF)", "image/bmp": "billede (BMP)", "text/plain": "tekst", "application/fhir+json": "dokument i FHIR",
}

// roleWords are MedCom's codes of roles that are not the word itself.
var roleWords = map[string]string{
	"speciallaege": "speciallæge", "speciallaegeipraksis": "speciallæge i praksis", "cheflaege": "cheflæge", "overlaege": "overlæge",
	"afdelingslaege": "afdelingslæge", "sygehuslaege": "sygehuslæge", "laege": "læge", "socialogsundhedsassistent": "social- og sundhedsassistent",
	"socialogsundhedsmedhjaelper": "social- og sundhedsmedhjælper", "socialogsundhedsmehjaelper": "social- og sundhedsmedhjælper",
	"sygehjaelper": "sygehjælper", "tandlaege": "tandlæge", "klinisktandtekniker": "klinisk tandtekniker", "pyskolog": "psykolog",
	"diaetist": "diætist", "diaetistassistent": "diætistassistent", "kliniskdiaetist": "klinisk diætist", "audiologopaed": "audiologopæd",
	"laegesekretaer": "lægesekretær", "ledendelaegesekretaer": "ledende lægesekretær", "sygeplejesekretaer": "sygeplejesekretær",
	"sygeplejesekretear": "sygeplejesekretær", "socialraadgiver": "socialrådgiver", "ledendesocialraadgiver": "ledende socialrådgiver",
	"laerer": "lærer", "paedagog": "pædagog", "beskaeftigelsesvejleder": "beskæftigelsesvejleder", "optikerogoptometrist": "optiker og optometrist",
}
