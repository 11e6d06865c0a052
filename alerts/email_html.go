package alerts

import (
	"html/template"
	"strings"

	"watchfire/crisis"
)

// letterForm is the HTML of a mail. Styles stand on the elements, because mail
// programs drop style sheets; what strangers wrote is escaped by the template.
var letterForm = template.Must(template.New("letter").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{{.Headline}}</title></head>
<body style="margin:0;padding:16px;font-family:-apple-system,'PingFang SC','Microsoft YaHei',sans-serif;font-size:16px;line-height:1.6">
<div style="max-width:640px;margin:0 auto">
<h1 style="margin:0 0 16px;padding:8px 12px;border-left:8px solid {{.Color}};font-size:20px;line-height:1.4">{{.Headline}}</h1>
{{- range $n, $part := .Parts}}
{{- if and $.Picture (eq $n $.Before)}}
<p style="margin:0 0 4px"><img src="{{$.Picture}}" alt="{{$.Alt}}" width="640" style="display:block;width:100%;max-width:640px;height:auto;background:#ffffff"></p>
<p style="margin:0 0 16px;font-size:13px;color:#5b6470">{{$.Caption}}</p>
{{- end}}
<p style="margin:0 0 16px">
{{- range $i, $l := $part}}{{if $i}}<br>{{end}}
{{$l.Words}}{{if $l.Link}}<a href="{{$l.Link}}" rel="noreferrer">{{$l.Link}}</a>{{end}}
{{- end}}
</p>
{{- end}}
</div>
</body>
</html>
`))

// letterColors are the colours of the levels, dark enough beside white.
var letterColors = map[crisis.Level]string{
	crisis.LevelI: "#c62828", crisis.LevelII: "#e65100", crisis.LevelIII: "#f9a825", crisis.LevelIV: "#1565c0",
}

type letterLine struct{ Words, Link string }

// letterHTML lays an alert out as a page, section by section; picture is the id of the
// part that holds its picture, which stands before the last section, where to go on.
func letterHTML(a crisis.Alert, picture string) (string, error) {
	page := struct {
		Lang, Headline, Color string
		Parts                 [][]letterLine
		Picture               template.URL
		Alt, Caption          string
		Before                int
	}{Lang: "zh-CN", Color: "#616161"}
	if a.Lang == "en" {
		page.Lang = "en"
	}
	if c, ok := letterColors[a.Level]; ok {
		page.Color = c
	}
	if a.Ask != nil {
		page.Color = letterColors[crisis.LevelI]
	}
	for i, section := range tell(a).sections() {
		var part []letterLine
		for _, l := range section {
			words, found := strings.CutSuffix(l.text, l.link)
			if !found || l.link == "" {
				words, l.link = l.text, ""
			}
			part = append(part, letterLine{words, l.link})
		}
		switch {
		case i == 0 && len(part) > 0:
			page.Headline = part[0].Words
		case len(part) > 0:
			page.Parts = append(page.Parts, part)
		}
	}
	if picture != "" {
		page.Picture = template.URL("cid:" + picture) //nolint:gosec // made from our own Message-Id
		page.Alt, page.Caption, page.Before = Clean(a.Picture.Alt, 500), Clean(a.Picture.Caption, 500), len(page.Parts)-1
	}
	var b strings.Builder
	if err := letterForm.Execute(&b, page); err != nil {
		return "", err
	}
	return b.String(), nil
}
