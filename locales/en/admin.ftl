# What administrators see, and what the command line says about people.

nav-admin = Administration

role-learner-can = Studies banks.
role-teacher-can = May also bring banks and share them.
role-admin-can = May also change roles, accounts and settings of this server.

admin-title = Administration
admin-tabs-label = Parts of the administration
admin-tab-overview = Overview
admin-tab-people = People
admin-tab-audit = Changes

## overview
admin-counts = How much there is
admin-learners = Learners with an account
admin-teachers = Teachers
admin-admins = Administrators
admin-disabled = Of these, locked out
admin-guests = Guests without an account
admin-builtin-banks = Built-in banks
admin-own-banks = Banks that people brought
admin-questions = Questions
admin-reviews = Answers on record
admin-storage = Storage
admin-size = Size of the database
admin-free = Free on its disk
admin-free-unknown = unknown
admin-tight = The disk has no room for a copy of the database. Make room before you take a backup.
admin-backup-what = A backup is one file with everything: banks, accounts, answers. It holds personal data and password hashes, so keep it safe.
admin-backup = Download a backup
admin-program = Program
admin-version = Version
admin-schema = Schema of the database
admin-uptime = Running for
admin-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}
admin-hours = { $count } hours
admin-days = { $count } days

## people
admin-search = Part of a name
admin-search-go = Search
admin-nobody = Nobody is called so.
admin-name = Name
admin-role = Role
admin-seen = Last seen
admin-since = Account since
admin-locked-out = locked out
admin-not-signed-in = not signed in anywhere
admin-more-people = More people
admin-deleted = The account is deleted, with everything that belonged to it.

## person
admin-yourself = this is you
admin-saved = Changed.
admin-last-admin = Nobody else could administer this server. Make someone else an administrator first.
admin-disabled-since = Locked out since
admin-change-role = Change the role
admin-change-role-go = Change the role
admin-access = Access
admin-disable-what = Locking someone out ends all their sessions at once. What they have learned is kept.
admin-disable = Lock out
admin-enable-what = This person cannot sign in now.
admin-enable = Let in again
admin-delete = Delete the account
admin-delete-what = The account, its sessions and everything learned with it are deleted for good. Banks this person brought stay, without an owner, where others have studied them.
admin-delete-sure = Delete it, it cannot be brought back
admin-delete-go = Delete the account

## links
admin-link-once = Copy it now: it is shown only this once.
admin-reset = Password
admin-reset-what = With a reset link this person sets a new password, within 24 hours and once. An earlier link becomes void.
admin-reset-go = Make a reset link
admin-reset-made = Send this link to the person, over a way that only they can read:

## invitations
admin-tab-invitations = Invitations
admin-invite = Invite people
admin-invite-role = They become
admin-invite-uses = For how many people
admin-invite-days = How long it is good
admin-invite-go = Make an invitation link
admin-expires-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
admin-uses-wrong = Type a number from 1 to 1000.
admin-uses-left = { $count ->
    [one] for 1 person
   *[other] for { $count } people
}
admin-invitation-made = Whoever has this link can make an account. Send it to those you mean:
admin-invitation-revoked = The invitation is taken back.
admin-invitations-closed = Nobody can sign up now, not even with an invitation. You can change this here:
admin-invitations-out = Invitations that are out
admin-invitations-none = No invitation can be used now.
admin-invitation-by = from
admin-invitation-until = until
admin-invitation-revoke = Take back

## settings
admin-tab-settings = Sign-up
admin-save = Save
admin-sign-up = Who may make an account?
admin-sign-up-open = Anyone
admin-sign-up-open-means = Whoever can open this server signs up as a learner.
admin-sign-up-invitation = Whoever is invited
admin-sign-up-invitation-means = An invitation link is needed, and says the role.
admin-sign-up-closed = Nobody
admin-sign-up-closed-means = Only administrators make accounts, on the command line. Invitations rest.

## audit
audit-what = Every change of a role, a bank or an account: who, what, when.
audit-empty = Nothing was changed yet.
audit-older = Older changes
audit-command-line = The command line
audit-a-guest = A guest
audit-other = { $actor }: { $action } { $subject } { $detail }
audit-role-changed = { $actor } changed the role of { $subject } from { $before } to { $after }.
audit-account-disabled = { $actor } locked { $subject } out.
audit-account-enabled = { $actor } let { $subject } in again.
audit-account-deleted = { $actor } deleted the account of { $subject } ({ $role }).
audit-copy-taken = { $actor } downloaded a backup.
audit-invitation-revoked = { $actor } took an invitation back ({ $role }).
audit-account-created = { $actor } made the account of { $subject } ({ $role }).
audit-password-changed = { $actor } changed the password of { $subject }.
audit-password-reset = { $actor } set a new password with a reset link.
audit-sign-up-changed = { $actor } decided who may sign up: { $mode }.
audit-link-made = { $actor } gave out a link.
audit-link-made-invitation = { $actor } gave out an invitation ({ $role }, for { $uses }).
audit-link-made-reset = { $actor } gave out a link by which { $subject } can set a new password.
audit-link-made-first-admin = A link for the first administrator was printed when the server started.
audit-guest-merged = { $subject } took over what a guest had learned.
audit-bank-created = { $actor } made the bank { $subject } ({ $questions ->
    [one] one question
   *[other] { $questions } questions
}).
audit-bank-changed = { $actor } made a new version of the bank { $subject }: { $added } new, { $edited } with other words, { $reset } with another answer, { $removed } removed, { $questions } in all.
audit-bank-audience = { $actor } changed who may study { $subject } from { $from } to { $to }.
audit-bank-deleted = { $actor } deleted the bank { $subject } ({ $questions } questions, { $learners } learners).
audit-word-everyone = everybody
audit-word-public = all who choose it
audit-word-link = those with its link
audit-word-private = its owner only
audit-word-open = anyone
audit-word-invitation = whoever is invited
audit-word-closed = nobody

## user: what `doujia user` says
user-added = The account of { $name } is made.
user-password = Password: { $password }
user-ask-password = Password:{" "}
user-ask-again = The same again:{" "}
user-not-the-same = the two passwords are not the same
user-no-terminal = there is no terminal to ask for a password: use --password-file FILE or --generate-password
user-unreadable = cannot read the password from { $file }
user-password-short = a password has at least 8 characters
user-password-long = a password has at most 128 characters
user-password-common = this password is one of the first that others would try
user-no-name = a name has 2 to 40 letters, digits, spaces and - _ .
user-name-taken = the name { $name } is taken
user-unknown = nobody has the name { $name }: `doujia user list` prints who there is
user-role-changed = { $name } is now: { $role }
user-last-admin = nobody else could administer the service: make someone else an administrator first
user-reset = With this link { $name } sets a new password, within 24 hours and once:
user-locked-out = locked out

## welcome
welcome-title = Become the first administrator
welcome-lead = Nobody administers this server yet, and you have the link that was printed when it started. An administrator looks after people, invitations and backups.
welcome-known = You are signed in, and this account becomes the administrator's:
welcome-do = Become administrator
