# 导出题库时，某种格式装不下的内容（lost-…）。
lost-question = 整道题：这种题型或其中的内容无法写入
lost-language = 另一种语言的文字
lost-answers-language = 答案按哪种语言接受
lost-choice-ids = 选项的 id
lost-weight = 选项的权重
lost-misconception = 误区
lost-scenario = 场景
lost-fact = 知识点
lost-difficulty = 难度
lost-hint = 提示
lost-see = 链接
lost-status = 草稿状态
lost-shuffle = 选项保持原有顺序
lost-show = 抽取多少个错误选项
lost-unit = 单位
lost-wildcard = 星号只是星号：Moodle 会把它当作任意内容
