# What administrators see, and what the command line says about people.

nav-admin = Administration

role-learner = Learner
role-teacher = Teacher
role-admin = Administrator
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
admin-delete-what = The account, its sessions and everything learned with it are deleted for good. Banks this person brought stay, without an owner.
admin-delete-sure = Delete it, it cannot be brought back
admin-delete-go = Delete the account

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
audit-backup-taken = { $actor } downloaded a backup.
