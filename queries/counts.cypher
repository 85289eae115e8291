// title: Counts by type
// description: How many papers, entities of each type, results, authors and venues the graph holds.
// columns: type, count
MATCH (n) WHERE n.label IS NOT NULL
RETURN n.label AS type, count(*) AS count
ORDER BY count DESC, type
