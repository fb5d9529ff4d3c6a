package web

// homeWords are the words of this part.
var homeWords = map[string]words{
	"home.title":          {"Oversættelse mellem FFB, FSIII og FHIR", "Translation between FFB, FSIII and FHIR"},
	"home.lead":           {"Et værksted til at se, hvad en kode bliver til, hvorfor, og hvad der ikke kan oversættes.", "A workbench to see what a code becomes, why, and what cannot be translated."},
	"home.ways":           {"Veje ind", "Ways in"},
	"home.translate":      {"Oversæt et dokument", "Translate a document"},
	"home.translate.text": {"Indsæt, hent eller vælg et eksempel. Se hvert felt fra begge sider.", "Paste, upload or choose an example. See every leaf from both sides."},
	"home.concepts":       {"Slå begreber op", "Look up concepts"},
	"home.concepts.text":  {"FFB og FSIII side om side, med hvert begrebs modstykker og begrundelsen for dem.", "FFB and FSIII side by side, with what matches each concept, and why."},
	"home.coverage":       {"Se dækningen", "See the coverage"},
	"home.coverage.text":  {"Hvor meget der har et modstykke, for hvert område og kapitel.", "How much has a match, by area and chapter."},
	"home.reference":      {"Læs reglerne", "Read the rules"},
	"home.reference.text": {"Hvert par af formater med sine regler, dannet af det, der kører.", "Every pair of forms with its rules, made from what runs."},
	"home.api":            {"Brug API'et", "Use the API"},
	"home.api.text":       {"Hver adresse med parametre, svar og eksempler.", "Every address with parameters, answers and examples."},
	"home.exchange":       {"Følg beskederne", "Follow the messages"},
	"home.exchange.text":  {"Hvad der er modtaget, leveret og strandet på denne node.", "What was received, delivered and stranded on this node."},
	"home.noexchange":     {"Denne node gemmer og leverer ingen beskeder. %s starter en, der gør.", "This node keeps and delivers no messages. %s starts one that does."},
	"home.force":          {"Hvad der er i kraft", "What is in force"},
	"home.version":        {"Program", "Program"},
	"home.tag":            {"Indhold", "Content"},
	"home.system":         {"%s begreber (udgave %s)", "%s concepts (version %s)"},
	"home.site":           {"Eget for %s", "Own to %s"},
	"home.site.rows":      {"rækker i stedet for eller ved siden af de indbyggede: %s", "rows in place of those built in, or beside them: %s"},
	"home.maps":           {"Begrebskort", "Concept maps"},
	"home.maps.count":     {"%s kort med %s rækker", "%s maps with %s rows"},
}
