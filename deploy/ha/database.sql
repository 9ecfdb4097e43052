-- Kanda's role and database; run once, on the primary, as postgres.
create role kanda login password 'change-me-4';
create database kanda owner kanda;
