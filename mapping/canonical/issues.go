package canonical

import (
	"fmt"
	"strings"

	"tolk/mapping"
)

// This file holds the wording of every issue that an operation answers with.
// The texts and their identifiers follow the message catalogue of the HL7
// terminology ecosystem (https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/),
// so that a client recognises them whatever server says them.

// Issue is one issue of an OperationOutcome.
type Issue struct {
	Severity   string // error, warning, information
	Code       string // of http://hl7.org/fhir/issue-type
	Tx         string // of http://hl7.org/fhir/tools/CodeSystem/tx-issue-type
	ID         string // of the message
	Text       string
	Expression string
	// quiet keeps the text out of the message parameter.
	quiet bool
}

// Failure is the error of an operation that has no answer.
type Failure struct {
	Issue
	NotFound bool   // what the request names is not here
	missing  string // the value set that another one imports and that is not here
}

func (f *Failure) Error() string { return f.Text }

// Unwrap gives the issue to whoever looks for the one error type.
func (f *Failure) Unwrap() error {
	return &mapping.Error{Kind: mapping.Kind(f.Code), Path: f.Expression, Message: f.Text}
}

func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func unknownSystem(system, at string) Issue {
	return Issue{Severity: "error", Code: "not-found", Tx: "not-found", ID: "UNKNOWN_CODESYSTEM", Expression: at,
		Text: fmt.Sprintf("A definition for CodeSystem '%s' could not be found, so the code cannot be validated", system)}
}

func unknownVersion(system, version string, known []string, at string) Issue {
	i := Issue{Severity: "error", Code: "not-found", Tx: "not-found", ID: "UNKNOWN_CODESYSTEM_VERSION", Expression: at,
		Text: fmt.Sprintf("A definition for CodeSystem '%s' version '%s' could not be found, so the code cannot be validated. ", system, version)}
	if len(known) == 0 {
		i.ID += "_NONE"
		i.Text += "No versions of this code system are known"
	} else {
		i.Text += "Valid versions: " + list(known)
	}
	return i
}

func notExpandable(system, version string, known []string) error {
	i := Issue{Severity: "error", Code: "not-found", Tx: "not-found", ID: "UNKNOWN_CODESYSTEM_EXP",
		Text: fmt.Sprintf("A definition for CodeSystem '%s' could not be found, so the value set cannot be expanded", system)}
	if version != "" {
		i.ID, i.Text = "UNKNOWN_CODESYSTEM_VERSION_EXP", fmt.Sprintf("A definition for CodeSystem '%s' version '%s' could not be found, so the value set cannot be expanded. ", system, version)
		if len(known) == 0 {
			i.ID += "_NONE"
			i.Text += "No versions of this code system are known"
		} else {
			i.Text += "Valid versions: " + list(known)
		}
	}
	return &Failure{Issue: i, NotFound: true}
}

func unknownValueSet(canonical string) error {
	return &Failure{NotFound: true, Issue: Issue{Severity: "error", Code: "not-found", Tx: "not-found", ID: "Unable_to_resolve_value_Set_",
		Text: fmt.Sprintf("A definition for the value Set '%s' could not be found", canonical)}}
}

func unknownImport(canonical string, pinned bool) error {
	i := Issue{Severity: "error", Code: "not-found", Tx: "not-found", ID: "VS_EXP_IMPORT_UNK",
		Text: fmt.Sprintf("Unable to find included value set '%s'", canonical)}
	if pinned {
		i.ID, i.Text = "VS_EXP_IMPORT_UNK_PINNED", i.Text+", in the version that default-valueset-version names"
	}
	return &Failure{Issue: i, NotFound: true, missing: canonical}
}

func tooCostly(text string) error {
	return &Failure{Issue: Issue{Severity: "error", Code: "too-costly", Tx: "too-costly", ID: "VALUESET_TOO_COSTLY", Text: text}}
}

func notCheckable(valueSet, missing string) Issue {
	return Issue{Severity: "warning", Code: "not-found", Tx: "vs-invalid", ID: "UNABLE_TO_CHECK_IF_THE_PROVIDED_CODES_ARE_IN_THE_VALUE_SET_VS",
		Text: fmt.Sprintf("Unable to check whether the code is in the value set '%s' because the value set %s was not found", valueSet, missing)}
}

func circular(chain []string) error {
	return &Failure{Issue: Issue{Severity: "error", Code: "processing", Tx: "vs-invalid", ID: "VALUESET_CIRCULAR_REFERENCE",
		Text: "The value sets include each other in a circle: " + strings.Join(chain, " → ")}}
}

func missingSupplement(canonical string) error {
	return &Failure{NotFound: true, Issue: Issue{Severity: "error", Code: "not-found", Tx: "not-found", ID: "VALUESET_SUPPLEMENT_MISSING",
		Text: "Required supplement not found: " + canonical}}
}

func filterWithoutValue(system string, f Filter, at filterPlace) error {
	return &Failure{Issue: Issue{Severity: "error", Code: "invalid", Tx: "vs-invalid", ID: "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE", Expression: at.String(),
		Text: fmt.Sprintf("The system %s filter with property = %s, op = %s has no value", system, f.Property, f.Op)}}
}

func badFilter(system string, f Filter, at filterPlace, why string) error {
	return &Failure{Issue: Issue{Severity: "error", Code: "invalid", Tx: "vs-invalid", ID: "FILTER_NOT_UNDERSTOOD", Expression: at.String(),
		Text: fmt.Sprintf("The filter property = %s, op = %s, value = %s on the system %s was not understood: %s", f.Property, f.Op, f.Value, system, why)}}
}

func versionCheck(system, version, required, at string) Issue {
	return Issue{Severity: "error", Code: "exception", Tx: "version-error", ID: "VALUESET_VERSION_CHECK", Expression: at,
		Text: fmt.Sprintf("The version '%s' is not allowed for system '%s': required to be '%s' by a version-check parameter", version, system, required)}
}

func versionMismatch(system, effective, stated, given, at string) Issue {
	i := Issue{Severity: "error", Code: "invalid", Tx: "vs-invalid", ID: "VALUESET_VALUE_MISMATCH", Expression: at,
		Text: fmt.Sprintf("The code system '%s' version '%s' in the ValueSet include is different to the one in the value ('%s')", system, effective, given)}
	if effective != stated {
		i.ID += "_CHANGED"
		i.Text = fmt.Sprintf("The code system '%s' version '%s' resulting from the version '%s' in the ValueSet include is different to the one in the value ('%s')", system, effective, stated, given)
	}
	return i
}

func versionDefault(system, resolved, given, at string) Issue {
	return Issue{Severity: "warning", Code: "invalid", Tx: "vs-invalid", ID: "VALUESET_VALUE_MISMATCH_DEFAULT", Expression: at, quiet: true,
		Text: fmt.Sprintf("The code system '%s' version '%s' for the versionless include in the ValueSet include is different to the one in the value ('%s')", system, resolved, given)}
}

func written(c mapping.Coding) string {
	s := c.System
	if c.Version != "" {
		s += "|" + c.Version
	}
	s += "#" + c.Code
	if c.Display != "" {
		s += " ('" + c.Display + "')"
	}
	return s
}

func notInValueSet(c mapping.Coding, valueSet, at string) Issue {
	return Issue{Severity: "error", Code: "code-invalid", Tx: "not-in-vs", ID: "None_of_the_provided_codes_are_in_the_value_set_one", Expression: at,
		Text: fmt.Sprintf("The provided code '%s' was not found in the value set '%s'", written(c), valueSet)}
}

func noValidCoding(valueSet string) Issue {
	return Issue{Severity: "error", Code: "code-invalid", Tx: "not-in-vs", ID: "TX_GENERAL_CC_ERROR_MESSAGE",
		Text: fmt.Sprintf("No valid coding was found for the value set '%s'", valueSet)}
}

func unknownCode(s *CodeSystem, code, at string) Issue {
	i := Issue{Severity: "error", Code: "code-invalid", Tx: "invalid-code", ID: "Unknown_Code_in_Version", Expression: at}
	word := "code"
	if s.Content == "fragment" || s.Content == "example" {
		i.Severity, i.ID, i.quiet, word = "warning", "UNKNOWN_CODE_IN_FRAGMENT", true, "Code"
	}
	i.Text = fmt.Sprintf("Unknown %s '%s' in the CodeSystem '%s' version '%s'", word, code, s.URL, s.Version)
	if s.Version == "" {
		i.Text = fmt.Sprintf("Unknown %s '%s' in the CodeSystem '%s'", word, code, s.URL)
	}
	if word == "Code" {
		i.Text += " - note that the code system is labeled as a fragment, so the code may be valid in some other fragment"
	}
	return i
}

func noSystem(at string) Issue {
	return Issue{Severity: "warning", Code: "invalid", Tx: "invalid-data", ID: "Coding_has_no_system__cannot_validate", Expression: at,
		Text: "Coding has no system. A code with no system has no defined meaning, and it cannot be validated. A system should be provided"}
}

func notInferred(code, valueSet string, systems []string, at string) Issue {
	i := Issue{Severity: "error", Code: "not-found", Tx: "cannot-infer", ID: "UNABLE_TO_INFER_CODESYSTEM", Expression: at,
		Text: fmt.Sprintf("The System URI could not be determined for the code '%s' in the ValueSet '%s'", code, valueSet)}
	if len(systems) > 1 {
		i.ID = "Unable_to_resolve_system__value_set_has_multiple_matches"
		i.Text += ": value set expansion has multiple matches: [" + strings.Join(systems, ", ") + "]"
	}
	return i
}

func isInactive(code, status, at string) Issue {
	word := "inactive"
	if status != "" && status != "inactive" {
		word = status + " and inactive"
	}
	return Issue{Severity: "warning", Code: "business-rule", Tx: "code-comment", ID: "INACTIVE_CONCEPT_FOUND", Expression: at,
		Text: fmt.Sprintf("The concept '%s' has a status of %s and its use should be reviewed", code, word)}
}

func isDeprecated(code, at string) Issue {
	return Issue{Severity: "warning", Code: "business-rule", Tx: "code-comment", ID: "DEPRECATED_CONCEPT_FOUND", Expression: at,
		Text: fmt.Sprintf("The concept '%s' is deprecated and its use should be reviewed", code)}
}

func deprecatedHere(code, system, valueSet, at string) Issue {
	return Issue{Severity: "warning", Code: "business-rule", Tx: "code-comment", ID: "CONCEPT_DEPRECATED_IN_VALUESET", Expression: at, quiet: true,
		Text: fmt.Sprintf("The presence of the concept '%s' in the system '%s' in the value set %s is marked with a status of deprecated and its use should be reviewed", code, system, valueSet)}
}

func notActive(code, at string) Issue {
	return Issue{Severity: "error", Code: "business-rule", Tx: "code-rule", ID: "STATUS_CODE_WARNING_CODE", Expression: at,
		Text: fmt.Sprintf("The concept '%s' is valid but is not active", code)}
}

func abstractCode(system, code, at string) Issue {
	return Issue{Severity: "error", Code: "business-rule", Tx: "code-rule", ID: "ABSTRACT_CODE_NOT_ALLOWED", Expression: at,
		Text: fmt.Sprintf("Code '%s#%s' is abstract, and not allowed in this context", system, code)}
}

func caseDifference(s *CodeSystem, given, code, at string) Issue {
	return Issue{Severity: "information", Code: "business-rule", Tx: "code-rule", ID: "CODE_CASE_DIFFERENCE", Expression: at, quiet: true,
		Text: fmt.Sprintf("The code '%s' differs from the correct code '%s' by case. Although the code system '%s' is case insensitive, implementers are strongly encouraged to use the correct case anyway", given, code, s.Canonical())}
}

func reference(status, kind, canonical string) Issue {
	return Issue{Severity: "information", Code: "business-rule", Tx: "status-check", ID: "MSG_" + strings.ToUpper(status), quiet: true,
		Text: fmt.Sprintf("Reference to %s %s %s", status, kind, canonical)}
}

func wrongDisplay(severity, given, system, code string, valid []Designation, languages, at string) Issue {
	if languages == "" {
		languages = "--"
	}
	words := make([]string, len(valid))
	for i, v := range valid {
		words[i] = "'" + v.Value + "'"
		if v.Language != "" {
			words[i] += " (" + v.Language + ")"
		}
	}
	choices := "Valid display is "
	if len(valid) > 1 {
		choices += fmt.Sprintf("one of %d choices: ", len(valid))
	}
	return Issue{Severity: severity, Code: "invalid", Tx: "invalid-display", ID: "Display_Name_for__should_be_one_of__instead_of", Expression: at,
		Text: fmt.Sprintf("Wrong Display Name '%s' for %s#%s. %s%s (for the language(s) '%s')", given, system, code, choices, list(words), languages)}
}

func noDisplayInLanguage(severity, given, system, code, display, languages, at string) Issue {
	if severity == "information" {
		return Issue{Severity: severity, Code: "invalid", Tx: "invalid-display", ID: "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK", Expression: at,
			Text: fmt.Sprintf("There are no valid display names found for the code %s#%s for language(s) '%s'. The display is '%s' which is a valid display for the default language", system, code, languages, given)}
	}
	return Issue{Severity: severity, Code: "invalid", Tx: "invalid-display", ID: "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR", Expression: at,
		Text: fmt.Sprintf("Wrong Display Name '%s' for %s#%s. There are no valid display names found for language(s) '%s'. Default display is '%s'", given, system, code, languages, display)}
}

func oldDisplay(given, code, status string, valid []string, at string) Issue {
	return Issue{Severity: "warning", Code: "invalid", Tx: "display-comment", ID: "INACTIVE_DISPLAY_FOUND", Expression: at, quiet: true,
		Text: fmt.Sprintf("'%s' is no longer considered a correct display for code '%s' (status = %s). The correct display is one of \"%s\".", given, code, status, strings.Join(valid, "\", \""))}
}
