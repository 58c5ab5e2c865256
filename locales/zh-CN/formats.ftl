# 题目文件中的问题，与格式无关（problem-…），以及某种格式放不下的内容（lost-…）。
# slip-… 中 $found 是原来的行，$expected 是改好的行。
problem-hidden-character = 这段文字里有一个会改变读法的不可见字符（{ $found }）。请删掉它，重新输入这段文字。
problem-not-text = 从第 { $found } 字节起不是可以识别的文本。请把文件另存为 UTF-8 编码的文本。
problem-byte-order-mark = 文件开头有一个不可见的标记（BOM），已忽略。请另存为不带 BOM 的 UTF-8。
problem-other-encoding = 文件不是 UTF-8 编码，已按 { $found } 读取。请核对文字是否正确，并另存为 UTF-8。
problem-format-old-office = 这是旧版 Office 的文件（.xls、.doc）。请另存为 .xlsx 或文本后再上传。
problem-format-unknown = 看不出这是什么格式，开头是“{ $found }”。YAML 以 `bank:` 开头，Markdown 的每道题以 `##` 开头，表格的第一行是列名。
problem-file-empty = 里面没有内容。
problem-slip-wide-colon = 键后面用了全角冒号：{ $found }。请写成：{ $expected }
problem-slip-tab = YAML 要求用空格，这里是制表符：{ $found }。请写成：{ $expected }
problem-slip-colon = 含有冒号的文字要加引号：{ $found }。请写成：{ $expected }
problem-slip-quotes = YAML 把中文引号当作普通文字：{ $found }。请写成：{ $expected }
problem-slip-unquoted = 以这个字符开头的文字要加引号：{ $found }。请写成：{ $expected }
problem-slip-heading = 题目以两个 `#` 加一个空格开头：{ $found }。已读作：{ $expected }
problem-slip-checkbox = 选项写作 `- [ ] …` 或 `- [x] …`：{ $found }。已读作：{ $expected }
problem-slip-indent-tab = 这一行用制表符（⇥）缩进：{ $found }。已当作两个空格读入，请改成：`{ $expected }`
problem-md-no-question = 这里没有题目。题目以 `## ` 开头。
problem-md-no-box = 选项前面要有方框：{ $found }。请写成：{ $expected }，正确的选项写 `- [x]`；配对题写作 `- 甲 -> 乙`。
problem-md-key-twice = 这道题里 `{ $found }` 出现了两次，请去掉一个。
problem-md-before-question = 第一道题之前的这一行不是题库的键：{ $found }
problem-md-stray-line = 不知道这一行属于哪里：{ $found }
problem-md-stray-reason = 理由（`>`）要写在选项下面，或写在 `答案:` 下面：{ $found }
problem-md-section = 这个标题已忽略：{ $found }。题目以 `## ` 开头。
problem-md-too-many-sides = 这里超过两种语言：{ $found }。两边有空格的竖线用来分隔两种语言；竖线本身请写 `\|`。
problem-md-predict-right = 预测题的正确值由模拟得出，只需用 `- [ ]` 写错误的值：{ $found }
