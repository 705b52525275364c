// Package report makes everything that a campaign shows from its results alone:
// tables as data and figures as pictures.
package report

import (
	"peel/core/campaign"
	"peel/core/campaign/plot"
	"peel/core/link"
)

// Report is what came of a campaign.
type Report struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Engine  string `json:"engine"`
	Machine string `json:"machine"` // in words
	AtOnce  int    `json:"atOnce"`  // runs at a time
	campaign.Views
	Pictures map[string]string `json:"pictures"` // SVG, by the figure's ID
	Runs     []Run             `json:"runs"`     // in the order in which rows number them
}

// Run is one run as a page opens it again.
type Run struct {
	*campaign.Record
	Name    string `json:"name"`    // of the victim
	Setting string `json:"setting"` // method.Setting
	Method  string `json:"method"`
	// Link is the fragment that opens the run, empty for one that no link can name.
	Link string `json:"link,omitempty"`
}

// Make reads a results file.
func Make(results []byte) (*Report, error) {
	r, err := campaign.ParseResults(results)
	if err != nil {
		return nil, err
	}
	return Of(r)
}

// Of makes the report of results that were read.
func Of(r *campaign.Results) (*Report, error) {
	out := &Report{Name: r.Campaign.Name, Title: r.Campaign.Title, Engine: r.Engine, Machine: r.Machine, AtOnce: r.AtOnce,
		Views: *r.Views(), Pictures: map[string]string{}}
	for i := range out.Figures {
		f := &out.Figures[i]
		svg, err := plot.SVG(f)
		if err != nil {
			return nil, err
		}
		out.Pictures[f.ID] = svg
	}
	for _, rec := range r.Records {
		out.Runs = append(out.Runs, Run{rec, rec.Victim.Name(), rec.Spec.Method.Setting(), rec.Spec.Method.String(), linkTo(rec)})
	}
	return out, nil
}

// linkTo returns the link that opens a run before it is done.
func linkTo(r *campaign.Record) string {
	var v link.Victim
	switch {
	case r.Victim.Moved != (campaign.Moved{}):
		v = link.File{SHA256: r.Spec.Victim.SHA256, Sizes: r.Spec.Sizes}
	case r.Victim.Shipped != "":
		v = link.Shipped{ID: r.Victim.Shipped, SHA256: r.Spec.Victim.SHA256, Sizes: r.Spec.Sizes}
	case r.Victim.Random != "":
		v = link.Recipe{Generator: link.Carlini, Sizes: r.Spec.Sizes, Seed: r.Victim.Seed}
	default:
		v = link.File{SHA256: r.Spec.Victim.SHA256, Sizes: r.Spec.Sizes}
	}
	text, err := link.Encode(link.Of(r.Spec, v))
	if err != nil {
		return ""
	}
	return text
}
