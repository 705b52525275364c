package campaign

import (
	"fmt"
	"strings"

	"peel/core/run"
)

// View names a table or a figure of a part.
type View string

// viewInfo is how one is made: as a table or as a figure.
type viewInfo struct {
	name   View
	table  func(*part) Table
	figure func(*part) Figure
}

// views lists all there are. It is filled in init, since a view asks for a part
// whose check asks for the views.
var views []viewInfo

func init() {
	views = []viewInfo{
		{"methods", methodsTable, nil},
		{"layers", layersTable, nil},
		{"answers", answersTable, nil},
		{"floor", floorTable, nil},
		{"phases-by-width", nil, phasesByWidth},
		{"signs-by-samples", nil, signsBySamples},
		{"confidence", nil, confidenceByNeuron},
		{"confidence-by-distance", nil, confidenceByDistance},
		{"accuracy-by-flips", nil, accuracyByFlips},
		{"recovered-by-width", nil, recoveredByWidth},
		{"queries-by-width", nil, queriesByWidth},
		{"seconds-by-width", nil, secondsByWidth},
		{"queries-by-parameters", nil, queriesByParameters},
		{"error-by-depth", nil, errorByDepth},
	}
}

func viewNames() string {
	var names []string
	for _, v := range views {
		names = append(names, string(v.name))
	}
	return strings.Join(names, ", ")
}

// Views is everything that a campaign shows.
type Views struct {
	Tables  []Table  `json:"tables"`
	Figures []Figure `json:"figures"`
	// Done and Jobs say how many of the runs that were asked for are there.
	Done int `json:"done"`
	Jobs int `json:"jobs"`
	// Notes are plain sentences about the results as a whole.
	Notes []string `json:"notes"`
}

// Views makes the tables and figures of the campaign from its results.
func (r *Results) Views() *Views {
	places := map[string]int{}
	for i, rec := range r.Records {
		places[rec.Job().Key()] = i
	}
	v := &Views{}
	for i := range r.Campaign.Parts {
		p := r.gather(&r.Campaign.Parts[i], places)
		for _, name := range p.Show {
			v.add(p, name)
		}
	}
	for _, j := range r.Campaign.Jobs() {
		v.Jobs++
		if _, ok := places[j.Key()]; ok {
			v.Done++
		}
	}
	if v.Done < v.Jobs {
		v.Notes = append(v.Notes, fmt.Sprintf("%d of %d runs are not done yet; tables and figures are of the others.", v.Jobs-v.Done, v.Jobs))
	}
	if r.Engine != run.Engine {
		v.Notes = append(v.Notes, fmt.Sprintf("These runs are of engine %s and this Peel is engine %s: it cannot repeat them.", r.Engine, run.Engine))
	}
	if r.Cut {
		v.Notes = append(v.Notes, "The last line was cut off and is left out.")
	}
	if extra := len(r.Records) - v.Done; extra > 0 {
		v.Notes = append(v.Notes, fmt.Sprintf("%d runs are in the file that the campaign does not ask for, or that were repeated.", extra))
	}
	return v
}

// add makes one view, unless there is nothing to show.
func (v *Views) add(p *part, name View) {
	if len(p.runs) == 0 {
		return
	}
	for _, w := range views {
		switch {
		case w.name != name:
		case w.table != nil:
			t := w.table(p)
			t.ID, t.About = p.Name+"-"+string(name), sentences(p.About, t.About)
			v.Tables = append(v.Tables, t)
		default:
			f := w.figure(p)
			f.ID, f.About = p.Name+"-"+string(name), sentences(p.About, f.About)
			if !f.empty() {
				v.Figures = append(v.Figures, f)
			}
		}
	}
}

func sentences(a, b string) string {
	if a == "" {
		return b
	}
	return a + " " + b
}
