package web

// coverageWords are the words of this part.
var coverageWords = map[string]words{
	"coverage.title":   {"Dækning", "Coverage"},
	"coverage.lead":    {"Hvor meget af kodesystemerne der har et modstykke, talt op af de begrebskort, der er i kraft nu.", "How much of the code systems has a match, counted from the concept maps in force now."},
	"coverage.heat":    {"Kapitel for kapitel", "Chapter by chapter"},
	"coverage.choose":  {"Begrebskort", "Concept map"},
	"coverage.explain": {"Jo kraftigere felt, jo mere af kapitlet har et modstykke. »2 + 3 af 6«: to skrives automatisk, tre er forslag, som et menneske afgør, af seks koder.", "The stronger a field, the more of the chapter has a match. “2 + 3 of 6”: two are added by themselves, three are proposals to a person, of six codes."},
	"coverage.chapter": {"Kapitel", "Chapter"},
	"coverage.cell":    {"%d + %d af %d", "%d + %d of %d"},
	"coverage.nothing": {"intet her", "nothing here"},
	"coverage.shares":  {"Kort for kort", "Map by map"},
	"coverage.counted": {"Hver kode tæller én gang, med sin bedste relation.", "Each code counts once, by its best relation."},
	"coverage.map":     {"Kort", "Map"},
	"coverage.picture": {"Andele", "Shares"},
	"coverage.codes":   {"Koder", "Codes"},
	"coverage.added":   {"Skrives automatisk", "Added by itself"},

	// the maps by their file; a site's own have none, and stand as they are titled
	"map.tilstand.ffb-fsiii":      {"FFB-tilstande til FSIII-tilstande", "FFB conditions to FSIII conditions"},
	"map.tilstand.fsiii-ffb":      {"FSIII-tilstande til FFB-tilstande", "FSIII conditions to FFB conditions"},
	"map.tilstand.fsiii-fsiii":    {"Udgåede FSIII-tilstande til gældende", "Retired FSIII conditions to current ones"},
	"map.udgaaet.fsiii-ffb":       {"Udgåede FSIII-tilstande direkte til FFB-tilstande", "Retired FSIII conditions directly to FFB conditions"},
	"map.maalgruppe.ffb-fsiii":    {"FFB-målgrupper til FSIII-tilstande", "FFB target groups to FSIII conditions"},
	"map.indsats.ffb-fsiii":       {"FFB-ydelser til FSIII-indsatser", "FFB services to FSIII interventions"},
	"map.indsats.fsiii-ffb":       {"FSIII-indsatser til FFB-ydelser", "FSIII interventions to FFB services"},
	"map.indsats.fsiii-fsiii":     {"Udgåede FSIII-indsatser til gældende", "Retired FSIII interventions to current ones"},
	"map.funktionsevne.ffb-fsiii": {"FFB-niveauer af funktionsevne og støtte til FSIII-skalaen", "FFB levels of functioning and of support to the FSIII scale"},
	"map.funktionsevne.fsiii-ffb": {"FSIII-skalaen til FFB-niveauer af funktionsevne", "The FSIII scale to FFB levels of functioning"},
	"map.maaltype.ffb-fsiii":      {"FFB-måltyper til FSIII-måltyper", "FFB goal types to FSIII goal types"},
	"map.maaltype.fsiii-ffb":      {"FSIII-måltyper til FFB-måltyper", "FSIII goal types to FFB goal types"},
	"map.opfoelgning.ffb-fsiii":   {"FFB-status på en indsats til FSIII-resultater af opfølgning", "FFB status of an intervention to FSIII results of follow-up"},
	"map.opfoelgning.fsiii-ffb":   {"FSIII-resultater af opfølgning til FFB-status på en indsats", "FSIII results of follow-up to FFB status of an intervention"},
}
