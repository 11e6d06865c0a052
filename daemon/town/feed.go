package town

import (
	"encoding/json"
	"encoding/xml"
	"html"
	"net/http"
	"time"

	"watchfire/crisis"
)

type rssDoc struct {
	XMLName xml.Name  `xml:"rss"`
	Version string    `xml:"version,attr"`
	DC      string    `xml:"xmlns:dc,attr"`
	Title   string    `xml:"channel>title"`
	Link    string    `xml:"channel>link"`
	About   string    `xml:"channel>description"`
	Lang    string    `xml:"channel>language"`
	Built   string    `xml:"channel>lastBuildDate"`
	Items   []rssItem `xml:"channel>item"`
}

type rssItem struct {
	Title string  `xml:"title"`
	Link  string  `xml:"link"`
	GUID  rssGUID `xml:"guid"`
	By    string  `xml:"dc:creator"`
	Date  string  `xml:"pubDate"`
	Text  string  `xml:"description"`
}

type rssGUID struct {
	Permanent bool   `xml:"isPermaLink,attr"`
	ID        string `xml:",chardata"`
}

// paragraph is the text as feeds carry it: HTML.
func paragraph(p *crisis.Post) string { return "<p>" + html.EscapeString(p.Text) + "</p>" }

func (f *front) rss(w http.ResponseWriter, r *http.Request) {
	posts := f.newest(r, 0, sites[f.id].window)
	doc := rssDoc{
		Version: "2.0", DC: "http://purl.org/dc/elements/1.1/", Title: sites[f.id].title, Link: "http://" + r.Host + "/",
		About: sites[f.id].title + "滚动新闻", Lang: "zh-cn", Built: f.local(modified(posts), time.RFC1123Z),
	}
	for i := range posts {
		p := &posts[i]
		doc.Items = append(doc.Items, rssItem{Title: p.Title, Link: p.URL, GUID: rssGUID{ID: p.ID}, By: p.Author, Date: f.local(p.Published, time.RFC1123Z), Text: paragraph(p)})
	}
	sendXML(w, r, "application/rss+xml; charset=utf-8", posts, doc)
}

type atomDoc struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Link      atomLink `xml:"link"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Author    string   `xml:"author>name"`
	Content   atomText `xml:"content"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func (f *front) atom(w http.ResponseWriter, r *http.Request) {
	posts := f.newest(r, 0, sites[f.id].window)
	doc := atomDoc{Lang: "zh-CN", ID: sites[f.id].urn + "feed", Title: sites[f.id].title, Updated: f.local(modified(posts), time.RFC3339)}
	for i := range posts {
		p := &posts[i]
		at := f.local(p.Published, time.RFC3339)
		doc.Entries = append(doc.Entries, atomEntry{
			ID: p.ID, Title: p.Title, Link: atomLink{Rel: "alternate", Href: p.URL}, Published: at, Updated: at, Author: p.Author,
			Content: atomText{Type: "html", Text: paragraph(p)},
		})
	}
	sendXML(w, r, "application/atom+xml; charset=utf-8", posts, doc)
}

func sendXML(w http.ResponseWriter, r *http.Request, kind string, posts []crisis.Post, doc any) {
	body, err := xml.MarshalIndent(doc, "", " ")
	if err != nil { // unreachable: the documents hold strings only
		http.Error(w, "encode the feed", http.StatusInternalServerError)
		return
	}
	send(w, r, kind, modified(posts), append([]byte(xml.Header), body...))
}

type feedDoc struct {
	Version string     `json:"version"`
	Title   string     `json:"title"`
	Home    string     `json:"home_page_url"`
	Lang    string     `json:"language"`
	Items   []feedItem `json:"items"`
}

type feedItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	Text      string       `json:"content_text"`
	Published string       `json:"date_published"`
	Authors   []feedAuthor `json:"authors"`
}

type feedAuthor struct {
	Name string `json:"name"`
}

func (f *front) jsonFeed(w http.ResponseWriter, r *http.Request) {
	posts := f.newest(r, 0, sites[f.id].window)
	doc := feedDoc{Version: "https://jsonfeed.org/version/1.1", Title: sites[f.id].title, Home: "http://" + r.Host + "/", Lang: "zh-CN", Items: []feedItem{}}
	for _, p := range posts {
		doc.Items = append(doc.Items, feedItem{ID: p.ID, URL: p.URL, Title: p.Title, Text: p.Text, Published: f.local(p.Published, time.RFC3339), Authors: []feedAuthor{{p.Author}}})
	}
	sendJSON(w, r, "application/feed+json; charset=utf-8", posts, doc)
}

func sendJSON(w http.ResponseWriter, r *http.Request, kind string, posts []crisis.Post, doc any) {
	body, err := json.Marshal(doc)
	if err != nil { // unreachable: the documents hold strings and numbers only
		http.Error(w, "encode the answer", http.StatusInternalServerError)
		return
	}
	send(w, r, kind, modified(posts), body)
}
