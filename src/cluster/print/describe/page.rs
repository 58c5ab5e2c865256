//! Text in columns, as Go's `text/tabwriter` sets it: a column is as wide as the widest cell of the lines that follow each other
//! and have it, and ends where a line does not.
//!
//! Source: `staging/src/k8s.io/kubectl/pkg/describe/describe.go` (`tabbedString`: least width 0, padding 2), Go `text/tabwriter`.

const PADDING: usize = 2;

/// Lines with tabs between their cells.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Adds text, which may end in the middle of a line, at a level: two blanks each.
    pub(super) fn add(&mut self, level: usize, text: &str) {
        self.0.push_str(&"  ".repeat(level));
        self.0.push_str(text);
    }

    /// Adds a line.
    pub(super) fn line(&mut self, level: usize, text: &str) {
        self.add(level, text);
        self.0.push('\n');
    }

    /// `title:` and a value, in two columns.
    pub(super) fn field(&mut self, level: usize, title: &str, value: impl std::fmt::Display) {
        self.line(level, &format!("{title}:\t{value}"));
    }

    /// The text with its columns set.
    pub(super) fn set(self) -> String {
        let lines: Vec<Vec<&str>> = self.0.lines().map(|line| line.split('\t').collect()).collect();
        let mut text = String::new();
        columns(&lines, &mut Vec::new(), &mut text);
        text
    }
}

/// Sets lines whose first columns have these widths.
fn columns(lines: &[Vec<&str>], widths: &mut Vec<usize>, text: &mut String) {
    let column = widths.len();
    // What stands behind the last tab is no cell of a column.
    let has_cell = |line: &Vec<&str>| column + 1 < line.len();
    let mut done = 0;
    while done < lines.len() {
        let Some(start) = lines[done..].iter().position(has_cell).map(|start| done + start) else { break };
        lines[done..start].iter().for_each(|line| write(line, widths, text));
        let end =
            lines[start..].iter().position(|line| !has_cell(line)).map_or(lines.len(), |end| start + end);
        let cells = lines[start..end].iter().map(|line| line[column].chars().count());
        let widest = cells.max().unwrap_or(0);
        widths.push(widest + PADDING);
        columns(&lines[start..end], widths, text);
        widths.pop();
        done = end;
    }
    lines[done..].iter().for_each(|line| write(line, widths, text));
}

fn write(line: &[&str], widths: &[usize], text: &mut String) {
    for (index, cell) in line.iter().enumerate() {
        text.push_str(cell);
        if let Some(width) = widths.get(index) {
            text.push_str(&" ".repeat(width.saturating_sub(cell.chars().count())));
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_ends_where_a_line_does_not_have_it() {
        let mut page = Page::default();
        page.field(0, "Name", "web");
        page.field(0, "Controlled By", "ReplicaSet/web-5d4");
        page.line(0, "Containers:");
        page.line(1, "app:");
        page.field(2, "Image", "web:1");
        page.field(2, "Port", "<none>");
        page.line(0, "Events:");
        page.line(1, "Type\tReason\tMessage");
        page.line(1, "Normal\tScheduled\tok");
        assert_eq!(
            page.set(),
            "\
Name:           web
Controlled By:  ReplicaSet/web-5d4
Containers:
  app:
    Image:  web:1
    Port:   <none>
Events:
  Type    Reason     Message
  Normal  Scheduled  ok
"
        );
    }
}
