// What a key of the scenario says turned out to be of no use while it was simulated.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace longhaul {

class KeyError : public std::invalid_argument {
 public:
  /// `key` as in "world.revenue.formula".
  KeyError(std::string key, const std::string& what)
      : std::invalid_argument(key + ": " + what), key_(std::move(key)) {}
  const std::string& key() const { return key_; }

 private:
  std::string key_;
};

}  // namespace longhaul
