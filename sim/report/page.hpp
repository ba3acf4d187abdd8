// A page of HTML that opens without a network: title, sections of text, tables and charts.
#pragma once

#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace longhaul::report {

/// All texts here are plain; writing the page escapes them.
struct Paragraph {
  std::string text;
};

/// Numbers that stand out, in boxes side by side.
struct Tiles {
  struct Tile {
    std::string label, value, note;
  };
  std::vector<Tile> tiles;
};

/// Names with a line of text each, one below the other.
struct Facts {
  struct Fact {
    std::string name, text;
  };
  std::vector<Fact> facts;
};

struct Cell {
  std::string text;
  std::string sort_by;  ///< a number or text that orders as the cell should; empty: `text`
};

/// Sorted by a click on a header; rows that do not contain what is typed are hidden.
struct Table {
  enum class Kind {
    Text,
    Number,  ///< set flush right and sorted as numbers
    Code,    ///< in a fixed pitch, broken where it is too long
  };
  struct Column {
    std::string name;
    Kind kind = Kind::Text;
  };
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  bool filter = false;  ///< a box to type into
};

/// A view of Vega-Lite with its data inline and "width": "container", in the colours of `page.css`
/// ("var(--first)"). Charts that have parameters `from` and `to` [ms since 1970] show that span on
/// their x axis: all of a section are zoomed and moved together.
struct Chart {
  std::string title;
  std::string spec;    ///< JSON
  std::string note;    ///< what is drawn, in a sentence
  bool small = false;  ///< two of them stand side by side where there is room
};

/// Folded text in a fixed pitch.
struct Listing {
  std::string title, text;
};

using Block = std::variant<Paragraph, Tiles, Facts, Table, Chart, Listing>;

struct Section {
  std::string id;     ///< of lower-case letters and hyphens, unique
  std::string title;  ///< empty: none, and no link to it at the top
  std::vector<Block> blocks;
};

struct Page {
  std::string title, subtitle;
  std::vector<Section> sections;
  std::string footer;
};

/// One file that loads nothing: a content security policy admits its own scripts alone, by hash.
void write_page(std::ostream& stream, const Page& page);

/// The same to a file, aside first; only an earlier page is replaced. Throws InputError.
void write_page_file(const std::string& path, const Page& page);

}  // namespace longhaul::report
