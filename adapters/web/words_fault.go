package web

// faultWords are what the pages themselves find wrong with what they are sent, in
// Danish, by the message. What the mappings find wrong is in English.
var faultWords = map[string]string{
	"expected ffb, fsiii or caresocial":                                                   "forventet ffb, fsiii eller caresocial",
	"the form was sent by a page of another place; open this site and send it from there": "en side fra et andet sted sendte formularen; åbn siden her, og send den herfra",
	"the form cannot be read":                                                             "formularen kan ikke læses",
	"no message of yours has this id":                                                     "ingen af dine meddelelser har dette id",
	"an address must not name a citizen; look for one with the form, which sends the number in its body": "en adresse må ikke nævne en borger; søg med formularen, som ikke sender nummeret i adressen",
	"expected rerun or release":                                                          "forventet rerun eller release",
	"expected at least one delivery; go back and choose some":                            "der er ikke valgt nogen levering; gå tilbage, og vælg mindst én",
	"expected the reason, for the audit; no citizen's name in it":                        "grunden mangler; den står i revisionssporet og må ikke nævne en borger",
	"expected the id of a message and a receiver":                                        "forventet id på en meddelelse og en modtager",
	"expected original, translation, ledger, residue or answer":                          "forventet original, translation, ledger, residue eller answer",
	"expected the number of a citizen":                                                   "borgerens nummer mangler",
	"expected a date, like 2026-11-22":                                                   "forventet en dato som 2026-11-22",
	"there is no such document, or no such form; /reference lists them":                  "det dokument eller det format findes ikke; de står alle på /reference",
	"a document is not translated to the form that it is in; /reference lists the pairs": "et dokument oversættes ikke til det format, det er i; parrene står på /reference",
	"no document; paste one, upload one or choose a fixture":                             "intet dokument; indsæt et, vælg en fil eller tag et eksempel",
	"no document": "intet dokument, der er ikke noget at oversætte",
	"the form cannot be read; expected multipart/form-data":       "formularen kan ikke læses; forventet multipart/form-data",
	"the document is too large; a document may have 16 MiB":       "dokumentet er for stort; et dokument må fylde 16 MiB",
	"the file cannot be read":                                     "filen kan ikke læses",
	"it is not what the page before had; give the document again": "det er ikke det, som siden før havde; giv dokumentet igen",
	"no fixture has this name; /translate lists them":             "intet eksempel hedder sådan; de står på /translate",
	"the terminology is not loaded yet":                           "begreberne er ikke læst ind endnu",
	"no map has this name":                                        "intet begrebskort hedder sådan",
	"no rule has this name":                                       "ingen regel hedder sådan",
}

// settingWords are what the mappings find wrong with the settings of the page that
// translates, and with a code, in Danish; a %s is a value.
var settingWords = map[string]string{
	"unknown in %s": "findes ikke i %s",
	"the form of the document is not recognised; expected %s":                                  "dokumentets format genkendes ikke; forventet %s",
	"the document is in that form already, expected another than from":                         "dokumentet er allerede i det format; forventet et andet end det, det er fra",
	"the document is recognised as %s, expected document=%s":                                   "dokumentet genkendes som %s; forventet %s",
	"expected equivalent, wider, narrower, inexact or the id of a proposal (p-...)":            "forventet equivalent, wider, narrower, inexact eller et forslags id (p-…)",
	"no proposal of this document has such an id":                                              "intet forslag i dokumentet har det id",
	"only a document from ffb is translated for an area; one from fsiii has its own":           "kun et dokument fra ffb oversættes til et område; et fra fsiii har sit eget",
	"is for tilstande; expected none for %s":                                                   "forventet ingen for %s; det gælder kun tilstande",
	"is for tilstande; what is proposed of a %s is recorded by who assesses it, expected none": "forventet intet; det gælder kun tilstande, og hvad der foreslås i %s, registrerer den, der vurderer det",
	"no code is translated between %s and %s; expected none":                                   "ingen kode oversættes mellem %s og %s; forventet ingen",
	"a message goes to an organisation; expected its SOR, its GLN and its name":                "en besked går til en organisation; forventet dens SOR-nummer, GLN-nummer og navn",
	"no rule knows this element, and strict mode leaves nothing over":                          "ingen regel kender elementet, og der må intet blive tilbage",
}
