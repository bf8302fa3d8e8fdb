-- For words in any order, parts of words and typing errors: pg_trgm, as a team would.
CREATE INDEX customer_searched_name ON customer USING gin (searched_name gin_trgm_ops);
CREATE INDEX customer_searched_address ON customer USING gin (searched_address gin_trgm_ops);
