# What operators are told, and what visitors see while the service cannot do its work.

error-unavailable = Nothing can be saved right now
error-unavailable-advice = What you just sent was not recorded; all that you did before is kept. Wait a minute, go back and send it again. If this lasts, tell whoever runs this server: the log says why.
error-full = This server has no room left
error-full-advice = What you just sent was not recorded; all that you did before is kept. Tell whoever runs this server: once there is room on its disk, it goes on by itself. Then go back and send it again.

serve-no-admin = No administrator yet. Whoever opens this link first becomes one (good for 24 hours):

backup-done = Backed up to { $file }, and opened to make sure: { $learners } learners, { $answers } answers.
restore-done = { $database } is now what { $file } was. Start Doujia again.
restore-kept = What was there before is in { $file }.

doctor-folder = The folder { $path } can be written.
doctor-folder-unwritable = The folder { $path } cannot be written: { $reason }. Give it to the user who runs Doujia.
doctor-file-unwritable = The file { $path } cannot be written: { $reason }. Give it to the user who runs Doujia.
doctor-no-folder = There is no folder { $path } yet: the first start makes it.
doctor-no-database = There is no database { $path } yet: the first start makes it.
doctor-unreadable = The database cannot be read: { $reason }. Stop Doujia and restore a backup.
doctor-whole = The database is whole: { $learners } learners, { $answers } answers.
doctor-fault = The database is damaged: { $reason }. Stop Doujia and restore a backup.
doctor-dangling = The database has { $count } references to rows that are not there. Stop Doujia and restore a backup.
doctor-schema = Its schema is version { $found }, the one of this program.
doctor-older = Its schema is version { $found }: the next start copies it and brings it to { $known }.
doctor-newer = Its schema is version { $found }, and this program knows only up to { $known }. Run a newer Doujia.
doctor-questions = Its { $count } questions can be read.
doctor-question = The question { $question } cannot be read: { $reason }.
doctor-content = The built-in content is there: { $questions } questions, { $scenarios } scenarios.
doctor-content-bad = The built-in content is damaged: { $reason }. Install Doujia again.
doctor-room = The disk has { $free } MB free; an upgrade needs { $needed } MB.
doctor-no-room = The disk has only { $free } MB free, and an upgrade needs { $needed } MB. Make room.
doctor-room-unknown = How much room the disk has is not known: { $reason }.
doctor-sound = All is well.
doctor-unsound = Something is wrong: see the lines with ✗.
