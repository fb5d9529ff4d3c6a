// Package maps holds what was decided here, as data: concept maps between FFB
// and FSIII, row by row with the reason for each, and the rules for documents.
//
// index.csv lists the concept maps and what each may claim, outside.csv what no
// concept map covers and why, asymmetries.csv where the two directions of the
// condition maps are not each other's inverse, and why.
package maps

import "embed"

// FS holds the tables.
//
//go:embed *.csv *.yaml complete/*.yaml fields/*.yaml receivers/*.yaml
var FS embed.FS
