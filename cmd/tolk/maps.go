package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tolk/mapping"
	"tolk/mapping/canonical"
	"tolk/mapping/published"
	"tolk/mapping/tree"
)

func mapsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "maps",
		Short: "Export, import and measure the concept maps",
		Long: `maps is for those who write concept maps: it takes ours out as FHIR R4 ConceptMap,
makes our rows of a ConceptMap again, and tells how much is covered.`,
		Args: expectCommand,
		Run:  func(*cobra.Command, []string) {},
	}
	cmd.AddCommand(mapsExportCommand(), mapsImportCommand(), mapsCoverageCommand())
	return cmd
}

func mapsExportCommand() *cobra.Command {
	var name, overrides string
	cmd := &cobra.Command{
		Use:   "export [--map NAME] [DIR|-]",
		Short: "Write the concept maps as FHIR R4 ConceptMap",
		Long: `export writes each file of rows as one FHIR R4 ConceptMap: into DIR as NAME.json, or
to stdout, where several are a collection Bundle.

A row is a target with its equivalence; its reason is the comment, its area a
dependsOn on the element "area", and its guard and status are the extensions
` + canonical.GuardExtension + ` and
` + canonical.StatusExtension + `. A row without a match
is a target without a code. The same rows give the same bytes.`,
		Example: `  tolk maps export --map tilstand.ffb-fsiii
  tolk maps export out/`,
		Args: takes(0, "DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			core, err := wireOver(overrides, "")
			if err != nil {
				return err
			}
			names := published.MapNames(core.terms)
			if name = strings.TrimSuffix(name, ".csv"); name != "" {
				if err := amongst("map", name, names...); err != nil {
					return err
				}
				names = []string{name}
			}
			var texts [][]byte
			for _, n := range names {
				text, _ := published.WholeMap(core.terms, n)
				pretty, err := indent(text)
				if err != nil {
					return err
				}
				texts = append(texts, pretty)
			}
			if len(args) == 0 || args[0] == "-" {
				return emit(cmd.OutOrStdout(), bundled(texts))
			}
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return &mapping.Error{Kind: mapping.NotFound, Path: args[0], Message: "the folder cannot be made", Err: err}
			}
			for i, n := range names {
				file := filepath.Join(args[0], n+".json")
				if err := os.WriteFile(file, texts[i], 0o644); err != nil {
					return &mapping.Error{Kind: mapping.NotFound, Path: file, Message: "the file cannot be written", Err: err}
				}
			}
			words{to: cmd.ErrOrStderr()}.say("%s written", count(len(names), "concept map", "concept maps"))
			return nil
		},
	}
	overridesFlag(cmd.Flags(), &overrides)
	cmd.Flags().StringVar(&name, "map", "", "one map, by the name of its file without .csv (all)")
	return cmd
}

// bundled returns the one text, or all of them as a collection.
func bundled(texts [][]byte) []byte {
	if len(texts) == 1 {
		return texts[0]
	}
	var b bytes.Buffer
	b.WriteString("{\n  \"resourceType\": \"Bundle\",\n  \"type\": \"collection\",\n  \"entry\": [")
	for i, text := range texts {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    {\n      \"resource\": ")
		b.Write(bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\n"), []byte("\n      ")))
		b.WriteString("\n    }")
	}
	b.WriteString("\n  ]\n}\n")
	return b.Bytes()
}

func mapsImportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE|-",
		Short: "Write a FHIR ConceptMap as our rows",
		Long: `import writes the rows of a FHIR R4 ConceptMap as csv to stdout, as they stand in
mapping/maps. What export wrote comes back byte for byte. tolk lint tells whether
the rows are sound.

A target without a status is proposed. What is said of a mapping and has no column
(product, a dependency on another element than the area, what becomes of unmapped
concepts, another relation than ours) is refused with its place. Who published the
map, and when, is for index.csv.`,
		Example: "  tolk maps import tilstand.ffb-fsiii.json > mapping/maps/tilstand.ffb-fsiii.csv",
		Args:    takes(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			const limit = 16 << 20
			text, err := read(args[0], cmd.InOrStdin(), limit)
			if err != nil {
				return err
			}
			d, err := tree.Parse(text, tree.Limits{Bytes: limit})
			if err != nil {
				return err
			}
			r, err := canonical.Parse(d, d.Root())
			if err != nil {
				return err
			}
			if r.ConceptMap == nil {
				return &mapping.Error{Kind: mapping.Invalid, Path: d.Path(d.Root()), Message: "expected a ConceptMap"}
			}
			rows, err := r.ConceptMap.Rows()
			if err != nil {
				return err
			}
			return emit(cmd.OutOrStdout(), []byte(rows))
		},
	}
}
