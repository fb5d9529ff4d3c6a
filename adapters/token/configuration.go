package token

// Configuration is the body of .well-known/smart-configuration below the FHIR
// base (SMART App Launch 2.2, "Conformance"). It tells what works here and
// nothing else: no user, no launch, no authorization code.
func (a *Authority) Configuration() []byte {
	var algorithms []string
	for _, each := range accepted {
		algorithms = append(algorithms, each.name)
	}
	return marshal(struct {
		Token        string   `json:"token_endpoint"`
		Grants       []string `json:"grant_types_supported"`
		Methods      []string `json:"token_endpoint_auth_methods_supported"`
		Algorithms   []string `json:"token_endpoint_auth_signing_alg_values_supported"`
		Scopes       []string `json:"scopes_supported"`
		Capabilities []string `json:"capabilities"`
	}{
		a.options.TokenURL, []string{"client_credentials"}, []string{"private_key_jwt"}, algorithms,
		[]string{"system/*.cruds"}, []string{"client-confidential-asymmetric", "permission-v1", "permission-v2"},
	})
}
