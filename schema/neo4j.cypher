// What a Neo4j database has before nodes come in; run by `kg load`, once each, statement by statement.
CREATE CONSTRAINT paperkg_id IF NOT EXISTS FOR (n:PaperKG) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT paperkg_load IF NOT EXISTS FOR (n:PaperKGLoad) REQUIRE n.id IS UNIQUE;
CREATE INDEX paperkg_name IF NOT EXISTS FOR (n:Entity) ON (n.name);
CREATE INDEX paperkg_title IF NOT EXISTS FOR (n:Paper) ON (n.title);
CREATE INDEX paperkg_author IF NOT EXISTS FOR (n:Author) ON (n.name);
CREATE FULLTEXT INDEX paperkg_names IF NOT EXISTS FOR (n:Entity) ON EACH [n.name, n.aliases];
CREATE FULLTEXT INDEX paperkg_texts IF NOT EXISTS FOR (n:Paper) ON EACH [n.title, n.abstract];
