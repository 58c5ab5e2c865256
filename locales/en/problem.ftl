# Sentences for what is wrong with a file that a person wrote. $found is what stands there, $expected what should.
problem-at = { $place }: { $sentence }
problem-warning-at = { $place }: warning: { $sentence }
problem-yaml-syntax = This is not valid YAML: { $found }
problem-yaml-one-document = A file holds one YAML document; this one holds { $found }.
