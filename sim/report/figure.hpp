// Figures drawn by gnuplot, a program of its own: a folder with plot.gp and README.md becomes
// NAME.svg, NAME.pdf, NAME.png and a caption.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "report/provenance.hpp"

namespace longhaul::report {

/// On paper; the default fits one column of two.
struct FigureSize {
  double width_in = 3.4;
  double height_in = 2.4;
};

/// What the first line of `folder`/plot.gp asks for, "# 3.4 in x 2.8 in"; the default where it is
/// no such comment. Throws InputError.
FigureSize figure_size(const std::filesystem::path& folder);

/// Draws `folder`/plot.gp, after the common scenarios/figures/style.gp, from data.csv of
/// `data_folder`. The script finds the paths `data`, `summary` and `points` (summary.csv and
/// points.csv beside data.csv) and `published` (published.csv of `folder`), each '' where there is
/// no such file, and sets neither terminal nor output. All three files are put in place of earlier
/// ones when all are drawn. The same input gives the same bytes, with one gnuplot and its fonts.
///
/// Throws InputError with gnuplot's message when it cannot draw or lacks data, and with what to
/// install when there is no gnuplot; nothing is left behind then.
void draw_figure(const std::filesystem::path& folder, const std::filesystem::path& data_folder,
                 const std::filesystem::path& out_folder, const std::string& name,
                 const FigureSize& size = {});

/// "svg", "pdf" or "png" by the file's ending. Throws InputError for any other.
std::string figure_format(const std::string& file);

/// Names and texts that a script finds.
using ScriptVariables = std::vector<std::pair<std::string, std::string>>;

/// Draws one script as draw_figure() does into one file, in the format of its ending. Throws
/// InputError likewise; an earlier file then stays as it was.
void draw_file(const std::filesystem::path& script, const ScriptVariables& variables,
               const std::string& file, const FigureSize& size = {});

/// Writes NAME.txt: the first paragraph of `folder`/README.md (which must have one), then where the
/// figure comes from and how long its runs took. Throws InputError.
void write_caption(const std::filesystem::path& folder, const std::filesystem::path& out_folder,
                   const std::string& name, const Provenance& provenance);

}  // namespace longhaul::report
