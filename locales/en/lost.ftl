# What a format has no place for when a bank is exported (lost-…).
lost-question = the question itself: this kind, or something in it, cannot be written
lost-language = the texts in the other language
lost-answers-language = in which language an answer is accepted
lost-choice-ids = the ids of its choices
lost-weight = the weights of its choices
lost-misconception = its misconceptions
lost-scenario = its scenarios
lost-fact = its fact
lost-difficulty = its difficulty
lost-hint = its hint
lost-see = its link
lost-status = that it is a draft
lost-shuffle = that its choices keep their order
lost-show = how many wrong choices are drawn
lost-unit = its unit
lost-wildcard = that an asterisk is only an asterisk: Moodle takes it for anything
