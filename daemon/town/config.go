package town

import "fmt"

// config writes the sources of a configuration that reads sites at these addresses.
func (t *Town) config(at [siteCount]string) string {
	return fmt.Sprintf(`sources:
  - name: %s
    title: %s
    every: 2m
    json:
      url: %s/api/statuses?page={page}&count=%d
      items: data.list
      id: mid
      text: text
      link: scheme
      author: user.id
      published: created_at
      metrics: {replies: comments_count, shares: reposts_count, likes: attitudes_count, views: reads_count}
      success: code=0
  - name: %s
    title: %s
    every: 3m
    list:
      url: %s/forum-2-1.html
      item: "#threadlist tbody.normal"
      link: a.xst
      author: td.by cite
      time: td.by em
      article: div.t_f
      article_time: em.when
      kind: post
      zone: %s
      limit: 100
`, Micro, sites[micro].title, at[micro], sites[micro].window, Forum, sites[forum].title, at[forum], t.zone) +
		feedConfig(voice, at[voice]+"/feed.json", "3m") + feedConfig(news, at[news]+"/rss.xml", "5m") + feedConfig(notice, at[notice]+"/atom.xml", "5m")
}

func feedConfig(id siteID, url, every string) string {
	return fmt.Sprintf("  - name: %s\n    title: %s\n    every: %s\n    feed:\n      url: %s\n", sites[id].name, sites[id].title, every, url)
}

// Config returns the part of a configuration that reads the sites at the given
// addresses, by name of source; a site that is not given keeps its fictional one.
func (t *Town) Config(at map[string]string) string {
	b := bases()
	for i := range sites {
		if base, ok := at[sites[i].name]; ok {
			b[i] = base
		}
	}
	return t.config(b)
}
