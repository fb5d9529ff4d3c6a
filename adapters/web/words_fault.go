package web

// faultWords are what the pages themselves find wrong with what they are sent, in
// Danish, by the message. What the mappings and the node find wrong is in English.
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
}

// told is a message for the reader of a page: in Danish where it is the pages' own.
func (v *view) told(message string) string {
	if danish, ok := faultWords[message]; ok && v.lang == "da" {
		return danish
	}
	return message
}
