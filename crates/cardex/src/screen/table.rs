//! Aligned columns. Widths are those of a terminal, where a Chinese character takes two.

use unicode_width::UnicodeWidthStr;

use super::Style;

const GAP: &str = "  ";

/// Rows under a heading.
#[derive(Debug)]
pub(crate) struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &[&'static str]) -> Self {
        Self {
            heading: heading.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; a cell that is missing is empty.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text, each row on a line.
    pub(crate) fn render(&self, style: Style) -> String {
        let heading: Vec<String> = self.heading.iter().map(|cell| (*cell).to_owned()).collect();
        let widths: Vec<usize> = (0..heading.len())
            .map(|column| self.width(column).max(heading[column].width()))
            .collect();
        let mut text = style.dim(line(&heading, &widths));
        text.push('\n');
        for row in &self.rows {
            text.push_str(&line(row, &widths));
            text.push('\n');
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let widths = self
            .rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width());
        widths.max().unwrap_or(0)
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        text.push_str(cell);
        text.push_str(&" ".repeat(width.saturating_sub(cell.width())));
        text.push_str(GAP);
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_whatever_the_script() {
        let mut table = Table::new(&["guest", "room"]);
        table.row(["庄先生".to_owned(), "1012".to_owned()]);
        table.row(["Ng".to_owned(), "9".to_owned()]);
        assert_eq!(
            table.render(Style::PLAIN),
            "guest   room\n庄先生  1012\nNg      9\n"
        );
    }
}
