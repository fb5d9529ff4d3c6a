package lens

// registers are the checks by the system of an Identifier: the URIs of
// domain.md §5 and of dk-core 3.7.0, and their other spellings in use.
var registers = map[string]func(string) (string, error){
	"urn:oid:1.2.208.176.1.2": CPRNumber,

	"urn:oid:1.2.208.176.1.6.1.1": XECPR,

	"urn:oid:1.2.208.176.1.6.1.3":     DECPR,
	"urn:oid:1.2.208.176.1.6.1.3.177": DECPR, // Region Sjælland
	"urn:oid:1.2.208.176.1.6.1.3.179": DECPR, // Region Nordjylland
	"urn:oid:1.2.208.176.1.6.1.3.181": DECPR, // Region Midtjylland
	"urn:oid:1.2.208.176.1.6.1.3.183": DECPR, // Region Syddanmark
	"urn:oid:1.2.208.176.1.6.1.3.187": DECPR, // Region Hovedstaden

	"urn:oid:1.2.208.176.1.1": SOR,
	"urn:oid:1.2.208.176.1":   SOR,

	"https://www.gs1.org/gln": GLN,
	"http://www.gs1.org/gln":  GLN,
	"urn:oid:1.3.88":          GLN,

	"http://cvr.dk": CVR,

	"urn:oid:1.2.208.176.1.4": Ydernummer,

	"urn:oid:1.2.208.176.1.3":  Authorisation,
	"https://autregweb.sst.dk": Authorisation,
}

// Register returns the check of the register that the system of an Identifier
// names, false for a system without one: its values are carried as they are.
func Register(system string) (check func(text string) (string, error), ok bool) {
	check, ok = registers[system]
	return check, ok
}
