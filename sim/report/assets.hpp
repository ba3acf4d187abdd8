// Files that are built into the program.
#pragma once

#include <string_view>

namespace longhaul::report {

// What a page is made of beside its text: sim/report/page/ and sim/report/vega/.
extern const std::string_view page_css;
extern const std::string_view page_js;
extern const std::string_view vega_js, vega_licence;
extern const std::string_view vega_lite_js, vega_lite_licence;
extern const std::string_view vega_embed_js, vega_embed_licence;

}  // namespace longhaul::report
