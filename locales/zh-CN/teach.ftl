# 教师的题库：上传、预览、提交，以及谁可以学习；还有单独学习一个题库。

## study
study-alone = 只学这个题库：
study-all-banks = 所有题库一起学
done-alone = 这个题库今天的题已经学完，其他题库还有题。
bank-study-alone = 单独学习这个题库
