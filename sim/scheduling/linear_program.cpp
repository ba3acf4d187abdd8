#include "scheduling/linear_program.hpp"

#include <glpk.h>

#include <memory>
#include <stdexcept>

namespace longhaul::scheduling {

std::size_t LinearProgram::add_variable(double objective) {
  objective_.push_back(objective);
  return objective_.size() - 1;
}

void LinearProgram::at_most(const Terms& terms, double bound) { rows_.push_back({terms, bound}); }

std::vector<double> LinearProgram::solve() const {
  if (objective_.empty()) return {};
  const std::unique_ptr<glp_prob, decltype(&glp_delete_prob)> problem(glp_create_prob(),
                                                                      glp_delete_prob);
  glp_set_obj_dir(problem.get(), GLP_MAX);
  glp_add_cols(problem.get(), static_cast<int>(objective_.size()));
  // GLPK counts from 1.
  for (std::size_t i = 0; i < objective_.size(); ++i) {
    glp_set_col_bnds(problem.get(), static_cast<int>(i) + 1, GLP_LO, 0, 0);
    glp_set_obj_coef(problem.get(), static_cast<int>(i) + 1, objective_[i]);
  }
  if (!rows_.empty()) glp_add_rows(problem.get(), static_cast<int>(rows_.size()));
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::vector<int> columns{0};
    std::vector<double> factors{0};
    for (const auto& [variable, factor] : rows_[r].terms) {
      columns.push_back(static_cast<int>(variable) + 1);
      factors.push_back(factor);
    }
    glp_set_row_bnds(problem.get(), static_cast<int>(r) + 1, GLP_UP, 0, rows_[r].bound);
    glp_set_mat_row(problem.get(), static_cast<int>(r) + 1, static_cast<int>(columns.size()) - 1,
                    columns.data(), factors.data());
  }
  glp_smcp settings;
  glp_init_smcp(&settings);
  settings.msg_lev = GLP_MSG_OFF;
  settings.presolve = GLP_ON;
  if (glp_simplex(problem.get(), &settings) != 0 || glp_get_status(problem.get()) != GLP_OPT)
    throw std::runtime_error("a linear programme has no optimum");
  std::vector<double> values;
  for (std::size_t i = 0; i < objective_.size(); ++i)
    values.push_back(glp_get_col_prim(problem.get(), static_cast<int>(i) + 1));
  return values;
}

}  // namespace longhaul::scheduling
