-- What the shop sells on its first day. Runs once, as the owner of the database.
CREATE TABLE products (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price numeric(10, 2) NOT NULL CHECK (price >= 0)
);

INSERT INTO products (name, price) VALUES
    ('Carabiner', 7.90),
    ('Head torch', 34.50),
    ('Rope, 60 m', 149.00);
