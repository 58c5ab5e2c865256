# Banks that teachers bring: sending, looking, taking in; who may study them. Also studying one bank alone.

## study
study-alone = Only this bank:
study-all-banks = all banks together
done-alone = This bank is done for today; your other banks have more.
bank-study-alone = Study this bank alone
