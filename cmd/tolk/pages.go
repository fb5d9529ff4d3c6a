package main

import (
	"tolk/adapters/api"
	"tolk/adapters/web"
	"tolk/fixtures"
	"tolk/mapping/document"
	"tolk/mapping/exchange"
)

// webPages are the workbench, as the server takes it.
type webPages struct{ *web.Site }

// All implements api.Pages.
func (p webPages) All() (all []api.Page) {
	for _, one := range p.Pages() {
		all = append(all, api.Page(one))
	}
	return all
}

// pagesOf makes the workbench over the content of a store. The node is nil for
// none.
func pagesOf(contents *store, release string, node exchange.Node) api.Pages {
	return webPages{siteOf(contents.wired.Load, release, node, contents.current.Load)}
}

// siteOf makes the pages over the content that is in force when one is asked for.
func siteOf(c func() *core, release string, node exchange.Node, current func() *api.Content) *web.Site {
	return web.New(web.Config{
		Content:  func() web.Content { return webContent(current(), c()) },
		Cases:    fixtures.Inputs,
		Exchange: node,
		Version:  release,
		Spare:    spare,
	})
}

// webContent is a content as the pages have it.
func webContent(content *api.Content, c *core) web.Content {
	if content == nil {
		return web.Content{}
	}
	gateway, _ := content.Translator.(*document.Gateway)
	return web.Content{Tag: content.Tag, Terms: content.Terminology, Gateway: gateway, Rules: c.rules, Fields: c.fields}
}
