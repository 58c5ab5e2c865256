# Accounts: signing up and in, passwords, the account page.

nav-sign-in = Sign in
nav-account = Your account

## sign-up
sign-up-title = Make an account
sign-up-lead = With an account you find your progress again in every browser.
sign-up-keeps = All that you have answered here stays yours, and you find it again in every browser.
sign-up-name = Name
sign-up-name-hint = 2 to 40 characters: letters, digits, spaces, and - _ .
sign-up-do = Make the account
sign-up-known = You have an account?
sign-up-by-invitation = Accounts are made by invitation here. If you have been sent a link, open it; if not, ask whoever runs this server. You can study as a guest.
sign-up-closed = No new accounts are made here at the moment. You can study as a guest.
name-wrong-length = Write a name of 2 to 40 characters.
name-wrong-characters = Use letters, digits, spaces and - _ . only, with at least one letter or digit.
name-wrong-taken = Someone has this name already. Choose another.
password-label = Password
password-new = New password
password-again = The same once more
password-present = Present password
password-hint = At least 8 characters, of any kind. A few words are easy to remember and hard to guess.
password-wrong-short = Write at least 8 characters.
password-wrong-long = Write at most 128 characters.
password-wrong-common = This is one of the first that others would try. Choose another.
password-wrong-again = This is not the same as above. Write the password twice.
password-wrong-present = This is not your present password.

## sign-in
sign-in-title = Sign in
sign-in-do = Sign in
sign-in-brings = What you have answered here as a guest is added to your account.
sign-in-wrong = The name or the password is not right.
sign-in-disabled = This account is disabled. Ask whoever runs this server.
sign-in-new = You have no account yet?
sign-in-forgotten = Forgotten your password? An administrator of this server can give you a link that sets a new one.

## reset
reset-title = Set a new password
reset-lead = For the account “{ $name }”. All browsers that are signed in must sign in again.
reset-do = Set the password
reset-done = The new password is set. Sign in with it.
link-gone-title = This link can no longer be used
link-gone-advice = It was used already, has expired, or lost a part on its way. Copy it again in full, or ask whoever sent it for a new one.

## account
account-title = Your account
account-new = Your account is made. All your progress is in it.
account-password-changed = The password is changed. All other browsers are signed out.
account-sessions-ended = Signed out there.
account-role = Role
role-learner = Learner
role-teacher = Teacher
role-admin = Administrator
account-since = Here since
account-sign-out = Sign out
account-password = Change the password
account-password-change = Change the password
account-sessions = Where you are signed in
account-browser-unknown = A browser
account-browser-this = (this one)
account-browser-times = signed in { $since }, last seen { $seen }
account-session-end = Sign out there
account-sessions-end = Sign out everywhere else
account-data = Take your data with you
account-data-lead = A JSON file with all that is yours: settings, cards, every answer, and the banks you brought.
account-data-download = Download
account-delete = Delete the account
account-delete-lead = Everything that is yours is deleted, for good: progress, answers, settings, and the banks you brought that nobody else studies. Download your data first if you want to keep it.
account-delete-last-admin = You are the only administrator. Make someone else one before you delete your account.
account-delete-do = Delete everything

## guests
guest-keep = You study as a guest: your progress is in this browser only.
guest-keep-do = Keep it with an account
