-- A picture in the bank of 0002.
insert into images (hash, media_type, width, height, bytes, created_at)
values ('i0', 'image/png', 4, 3, x'89504e47', 1772413200000);
insert into version_images (bank, number, name, hash) values (2, 1, 'images/pod.png', 'i0');
