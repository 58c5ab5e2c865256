# 用户编写的文件有问题时显示的句子。$found 是实际内容，$expected 是应有内容。
problem-at = { $place }：{ $sentence }
problem-warning-at = { $place }：警告：{ $sentence }
problem-yaml-syntax = YAML 语法错误：{ $found }
problem-yaml-one-document = 一个文件只能有一份 YAML 文档，这里有 { $found } 份。
