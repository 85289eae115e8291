// title: Tasks most addressed
// description: Tasks by how many papers address them, of all papers, of a venue, or of a year.
// parameter: venue | venue | "" | ACL | Only papers of this venue; empty for all
// parameter: year | integer | 0 | 2024 | Only papers of this year; 0 for all
// parameter: most | integer | 100 | 500 | How many tasks
// columns: task, papers, id
MATCH (p:Paper)-[:ADDRESSES]->(t:Task)
WHERE ($venue = '' OR toLower(p.venue) = $venue) AND ($year = 0 OR p.year = $year)
WITH t.id AS id, t.name AS task, count(DISTINCT p.id) AS papers
RETURN task, papers, id
ORDER BY papers DESC, task, id LIMIT $most
