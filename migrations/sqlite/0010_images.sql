-- Pictures of questions.

-- Each picture once, however many banks have it. Its hash is the SHA-256 of its bytes, in hexadecimal.
create table images (
    hash       text    primary key not null,
    media_type text    not null check (media_type in ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
    width      integer not null check (width > 0),
    height     integer not null check (height > 0),
    bytes      blob    not null,
    created_at integer not null
) strict;

-- What the names of pictures mean in a version of a bank.
create table version_images (
    bank   integer not null,
    number integer not null,
    name   text    not null,
    hash   text    not null references images (hash),
    primary key (bank, number, name),
    foreign key (bank, number) references bank_versions (bank, number) on delete cascade
) strict, without rowid;
create index version_images_by_hash on version_images (hash);
