// Package facts holds what KL publishes (kl-term 2.3.0) as plain tables: code
// systems with every code, its spellings and its place in the hierarchy, the
// aliases of system URIs, the steps of the scales, and which chapter holds what
// kind of concept. Decisions of ours are in mapping/maps. One column is a
// judgement all the same: the status of FSIII's concepts, which the published
// code system leaves out though old and new stand in it side by side.
package facts

import "embed"

// FS holds the tables. codesystems.csv lists the code systems and names the
// table of each.
//
//go:embed *.csv
var FS embed.FS
