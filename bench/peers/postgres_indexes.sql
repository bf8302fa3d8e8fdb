-- The begin of names, streets, cities and e-mails; phones forwards and backwards. What else the product's
-- index answers takes postgres_trigrams.sql as well.
CREATE UNIQUE INDEX customer_account_number ON customer (account_number);
CREATE INDEX customer_given_name ON customer (lower(given_name));
CREATE INDEX customer_family_name ON customer (lower(family_name));
CREATE INDEX customer_email ON customer (lower(email));
CREATE INDEX customer_phone ON customer (phone_digits);
CREATE INDEX customer_phone_backwards ON customer (reverse(phone_digits));
CREATE INDEX customer_street ON customer (lower(street));
CREATE INDEX customer_city ON customer (lower(city));
CREATE INDEX customer_postal_code ON customer (postal_code);
