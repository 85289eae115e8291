// title: Papers on a task, year by year
// description: How many papers of each year address the task of this name.
// parameter: task | task | required | question answering | The task's name or alias
// columns: year, papers
MATCH (t:Task) WHERE $task IN t.keys
MATCH (p:Paper)-[:ADDRESSES]->(t)
WHERE p.year IS NOT NULL
RETURN p.year AS year, count(DISTINCT p) AS papers
ORDER BY year
