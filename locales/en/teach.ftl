# Banks that teachers bring: sending, looking, taking in; who may study them. Also studying one bank alone.

## study
study-alone = Only this bank:
study-all-banks = all banks together
done-alone = This bank is done for today; your other banks have more.
bank-study-alone = Study this bank alone

## problems of a file that was sent
problem-upload-too-many-scenarios = { $found } scenarios came along; at most { $expected } are taken. Leave out those that no question names.
problem-upload-out-of-time = This scenario was not run any more: those before it took the { $expected } seconds that a file has. Send fewer, or shorter ones.
problem-claims-too-many-looks = The claims of this scenario would have to be looked at { $found } times; at most { $expected } are allowed. Use `at` instead of `from`/`to` where a moment is enough.
problem-scenario-refused = The scenario `{ $found }` cannot be used, for the reasons given where it stands; this question waits for it.
problem-scenario-name-twice = The scenario `{ $found }` is there twice; it is also in { $expected }.
problem-slug-taken = The id `{ $found }` belongs to another bank on this server. Choose another, such as `{ $expected }`.
problem-bank-builtin = `{ $found }` is built in and cannot be replaced. Choose another id, such as `{ $expected }`.
