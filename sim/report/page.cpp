#include "report/page.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>
#include <string_view>

#include "report/assets.hpp"
#include "report/whole_file.hpp"

namespace longhaul::report {

namespace {

constexpr std::string_view begin_of_page =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"generator\" content=\"Longhaul\">\n";
constexpr FileKind pages{"report of longhaul", begin_of_page, "--out"};

/// For text and for attributes in double quotes.
std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

/// JSON holds '<' in strings alone, where it may as well be written as a code: nothing in it can
/// end the element that it stands in.
std::string escaped_json(std::string_view json) {
  std::string text;
  for (const char c : json) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

struct Script {
  const std::string_view* text;
  const std::string_view* licence;  ///< nullptr: ours
};
constexpr std::array scripts{
    Script{&vega_js, &vega_licence}, Script{&vega_lite_js, &vega_lite_licence},
    Script{&vega_embed_js, &vega_embed_licence}, Script{&page_js, nullptr}};

/// As it stands in a page: under its licence, without the name of a map that is not there.
std::string content(const Script& script) {
  std::string text;
  if (script.licence != nullptr) text = fmt::format("/*\n{}*/\n", *script.licence);
  return text.append(script.text->substr(0, script.text->find("//# sourceMappingURL=")));
}

/// SHA-256 in base64, as a content security policy names a script.
std::string policy_hash(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  std::array<unsigned char, 128> base64{};  // of 32 bytes: 44 characters
  const int length = EVP_EncodeBlock(base64.data(), hash.data(), static_cast<int>(size));
  return {base64.begin(), base64.begin() + length};
}

class Writer {
 public:
  explicit Writer(std::ostream& stream) : stream_(stream) {}

  void operator()(const Paragraph& paragraph) {
    stream_ << "<p>" << escaped(paragraph.text) << "</p>\n";
  }

  void operator()(const Tiles& tiles) {
    stream_ << "<dl class=\"tiles\">\n";
    for (const auto& [label, value, note] : tiles.tiles)
      stream_ << "<div><dt>" << escaped(label) << "</dt><dd><strong>" << escaped(value)
              << "</strong><span>" << escaped(note) << "</span></dd></div>\n";
    stream_ << "</dl>\n";
  }

  void operator()(const Facts& facts) {
    stream_ << "<dl class=\"facts\">\n";
    for (const auto& [name, text] : facts.facts)
      stream_ << "<dt>" << escaped(name) << "</dt><dd>" << escaped(text) << "</dd>\n";
    stream_ << "</dl>\n";
  }

  void operator()(const Table& table) {
    stream_ << "<div class=\"table\">\n";
    if (table.filter)
      stream_ << "<p class=\"filter\"><label>Show rows with <input type=\"search\"></label> "
                 "<span role=\"status\"></span></p>\n";
    stream_ << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\""
            << escaped(table.caption) << "\">\n<table>\n<caption>" << escaped(table.caption)
            << "</caption>\n<thead><tr>";
    for (const auto& column : table.columns)
      stream_ << "<th scope=\"col\"" << class_of(column) << "><button type=\"button\">"
              << escaped(column.name) << "</button></th>";
    stream_ << "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      stream_ << "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i) {
        stream_ << "<td" << class_of(table.columns.at(i));
        if (!row[i].sort_by.empty())
          stream_ << " data-sort-by=\"" << escaped(row[i].sort_by) << '"';
        stream_ << '>' << escaped(row[i].text) << "</td>";
      }
      stream_ << "</tr>\n";
    }
    stream_ << "</tbody>\n</table>\n</div>\n</div>\n";
  }

  void operator()(const Chart& chart) {
    stream_ << "<figure class=\"chart" << (chart.small ? " small" : "") << "\">\n<h3>"
            << escaped(chart.title)
            << "</h3>\n<div class=\"drawing\"></div>\n<script type=\"application/json\">"
            << escaped_json(chart.spec) << "</script>\n<figcaption>" << escaped(chart.note)
            << "</figcaption>\n</figure>\n";
  }

  void operator()(const Listing& listing) {
    stream_ << "<details>\n<summary>" << escaped(listing.title)
            << "</summary>\n<pre class=\"scroll\" tabindex=\"0\">" << escaped(listing.text)
            << "</pre>\n</details>\n";
  }

 private:
  static const char* class_of(const Table::Column& column) {
    switch (column.kind) {
      case Table::Kind::Number:
        return " class=\"number\"";
      case Table::Kind::Code:
        return " class=\"code\"";
      case Table::Kind::Text:
        break;
    }
    return "";
  }

  std::ostream& stream_;
};

void write_head(std::ostream& stream, const Page& page) {
  std::string hashes;
  for (const auto& script : scripts)
    hashes += fmt::format(" 'sha256-{}'", policy_hash(content(script)));
  // Styles may stand inline: Vega sets them on what it draws.
  stream << begin_of_page
         << "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "script-src"
         << hashes
         << "; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n"
            "<link rel=\"icon\" href=\"data:,\">\n<title>"
         << escaped(page.title) << "</title>\n<style>\n"
         << page_css << "</style>\n</head>\n";
}

}  // namespace

void write_page(std::ostream& stream, const Page& page) {
  write_head(stream, page);
  stream << "<body>\n<header>\n<h1>" << escaped(page.title) << "</h1>\n<p>"
         << escaped(page.subtitle) << "</p>\n<nav aria-label=\"Sections\">\n";
  for (const auto& section : page.sections)
    if (!section.title.empty())
      stream << "<a href=\"#" << escaped(section.id) << "\">" << escaped(section.title) << "</a>\n";
  stream << "</nav>\n</header>\n<main>\n<noscript><p>Charts and sorting need JavaScript; the "
            "texts and tables are all here.</p></noscript>\n";
  Writer writer(stream);
  for (const auto& section : page.sections) {
    stream << "<section id=\"" << escaped(section.id) << "\">\n";
    if (!section.title.empty()) stream << "<h2>" << escaped(section.title) << "</h2>\n";
    for (const auto& block : section.blocks) std::visit(writer, block);
    stream << "</section>\n";
  }
  stream << "</main>\n<footer><p>" << escaped(page.footer) << "</p></footer>\n";
  for (const auto& script : scripts) stream << "<script>" << content(script) << "</script>\n";
  stream << "</body>\n</html>\n";
}

void write_page_file(const std::string& path, const Page& page) {
  WholeFile file(pages, path);
  write_page(file.stream(), page);
  file.finish();
}

}  // namespace longhaul::report
