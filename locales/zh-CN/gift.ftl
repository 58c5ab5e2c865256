# GIFT 文件中的错误，以及多半并非作者本意的写法。$found 是实际内容，$expected 是改好的行。
problem-no-questions = 这个文件里没有题目。
problem-gift-brace = 花括号 `{ $found }` 没有与之配对的 `{ $expected }`。若它只是文字，请写成 `\{ $found }`。
problem-gift-no-arrow = `{ $found }` 不是一对。请写 `=左 -> 右`；`=` 若是文字的一部分，请写成 `\=`。
problem-gift-no-answer = 这里没有完全正确的答案，谁也答不对。
problem-gift-number = `{ $found }` 不是数字。请改为：{ $expected }
problem-gift-number-unclear = `{ $found }` 不是数字。请写一个数（`3`）、带误差的数（`3:0.5`）或一个范围（`1..5`）。
problem-gift-several-ranges = 这里有多个正确范围（`{ $found }`），无法导入。请合并为一个范围，或拆成几道题。
problem-gift-full-width = `{ $found }` 是全角花括号，在 GIFT 中只是文字，所以这不是一道题。请改为：{ $expected }
problem-gift-full-width-sign = 全角的 `{ $found }` 在 GIFT 中只是文字。请改为：{ $expected }
problem-gift-blank-line = Moodle 遇到空行就结束一道题，两半都会被拒绝；这里跳过了这个空行。请删掉它，让 `{ $expected }` 紧接上文。
problem-gift-category-swallows = 到下一个空行为止，Moodle 都当作目录名。请在这道题前加一个空行；这里已按有空行读取。
problem-gift-open-title = 标题 `{ $found }` 没有结束，因此整段都当作了题目。请改为：{ $expected }
problem-gift-open-title-unclear = 标题 `{ $found }` 没有结束，因此整段都当作了题目。请在标题后写 `::`。
problem-gift-braces = 一道题只有第一个 `{ "{" }` 和第一个 `{ "}" }` 之间是答案，而 `{ $found }` 里还有别的花括号。请改为：{ $expected }
problem-gift-braces-unclear = 一道题只有第一个 `{ "{" }` 和第一个 `{ "}" }` 之间是答案，而 `{ $found }` 里还有别的花括号。作为文字的花括号前请加反斜杠；每个空请单独出一道题。
problem-gift-comment-behind = 只有整行才能是注释，`{ $found }` 被当作了答案的一部分。请改为：{ $expected }
problem-gift-comment-inside = 以 `//` 开头的行是注释，因此 `{ $found }` 被略去了。如果它是正文，请改为：{ $expected }
problem-gift-true-false = `{ $found }` 是要学员键入的词。判断题的答案写 `TRUE` 或 `FALSE`。若是判断题，请改为：{ $expected }
problem-gift-equals-inside = 每个 `=` 都会开始一个新的正确答案，文字中间的也不例外。如果它是文字的一部分，请改为：{ $expected }
problem-gift-several-right = 有 { $found } 个答案以 `=` 开头。Moodle 会当作单选，选中任何一个都算对；这里要求全部选中。若本意如此，请改为：{ $expected }
problem-gift-range = `{ $found }` 中只有 `~` 前面的数是正确答案。范围要用两个点：{ $expected }
problem-gift-essay = 论述题无法在这里判分，已略去：{ $found }
problem-gift-description = 这里没有花括号中的答案，只是一段说明，已略去：{ $found }
problem-gift-partly-right = `{ $found }` 只算部分正确。这里没有部分正确的答案，未将它列入正确答案。
problem-gift-wildcard = 在 Moodle 中，`{ $found }` 里的 `*` 代表任意内容；在这里它只是星号。请逐一列出可接受的答案。
problem-gift-weights-lost = 这些选项的百分比不成简单的整数比，在这里各选项分值相同。
problem-gift-feedback-lost = 这道题已有解析，这一句未导入：{ $found }
problem-gift-html-lost = 以下内容在这里无法显示，已略去：{ $found }。其中的文字保留。
problem-gift-tag-lost = `{ $found }` 不能用作标签：只能用小写字母、数字和单个连字符。已略去。
