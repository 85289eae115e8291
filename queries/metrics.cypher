// title: Metrics most reported
// description: Metrics by how many papers report them, of all papers, of those on a task, or of those of a venue.
// parameter: task | task | "" | question answering | Only papers on this task; empty for all
// parameter: venue | venue | "" | ACL | Only papers of this venue; empty for all
// columns: metric, papers, id
MATCH (p:Paper)-[:REPORTS]->(m:Metric)
WHERE ($task = '' OR EXISTS { MATCH (p)-[:ADDRESSES]->(t:Task) WHERE $task IN t.keys })
  AND ($venue = '' OR toLower(p.venue) = $venue)
WITH m, count(DISTINCT p) AS papers
RETURN m.name AS metric, papers, m.id AS id
ORDER BY papers DESC, metric, id
