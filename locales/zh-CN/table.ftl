# 表格（CSV 或 XLSX）中的错误。$found 是单元格的内容，$expected 是应有内容。
problem-table-no-question-column = 没有题目列。第一行应是列名，其中要有 { $expected }。这里的第一行是：{ $found }
problem-table-unknown-column = 没有 `{ $found }` 这种列，已略去。
problem-table-unknown-column-near = 没有 `{ $found }` 这种列，已略去。是不是 `{ $expected }`？
problem-table-column-twice = 已有 `{ $found }` 列，这一列已略去。
problem-table-too-many-cells = 这一行的单元格比表头的 { $expected } 列还多：`{ $found }`。含有分隔符的文字请用双引号括起来。
problem-table-missing = “{ $expected }”列是空的。
problem-table-no-such-choice = `{ $found }` 不对应任何选项。请写 { $expected } 中的字母。
problem-table-truth = `{ $found }` 看不出对错。请写“对”或“错”。
problem-table-number = `{ $found }` 不是数字。请写 `300`、`300±5` 或 `295..305`；单位另有一列。
problem-table-order = `{ $found }` 不是这几项的顺序。{ $expected } 每个字母写一次；若各项已按正确顺序排列，留空即可。
problem-table-no-arrow = `{ $found }` 不是一对。请写 `左 -> 右`。
problem-table-no-predict = 预测题无法写进表格，请用 YAML。
problem-csv-broken = 表格从这里起读不下去：{ $found }
problem-csv-open-quote = `{ $found }` 前面的双引号没有结束。文字里的双引号要写两个。
problem-csv-full-width = 全角逗号或分号不能分隔单元格。请改为：{ $expected }
problem-xlsx-broken = 工作簿读不出来：{ $found }。请重新另存为 .xlsx。
problem-xlsx-cell-error = 这个单元格显示的是错误：{ $found }。
