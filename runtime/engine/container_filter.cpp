#include "engine/container_filter.hpp"

#include <algorithm>
#include <charconv>
#include <regex>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

using Values = std::vector<std::string>;
using Test = std::function<bool(const Container&)>;

Error refuse(std::string sentence) { return docker_error(ErrorKind::Invalid, "container.filter", std::move(sentence)); }

Test any_of(const Values& values, const std::function<bool(const Container&, const std::string&)>& holds) {
  return [values, holds](const Container& container) {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) { return holds(container, value); });
  };
}

Result<Test> by_status(const Values& values, const FilterSources&) {
  for (const auto& value : values) {
    bool known = false;
    for (const char* status : {"paused", "restarting", "removing", "running", "dead", "created", "exited"}) known = known || value == status;
    if (!known) return refuse("Invalid filter 'status=" + value + "'");
  }
  return any_of(values, [](const Container& container, const std::string& value) {
    return container.removing ? value == "removing" : state_word(container.state) == value;
  });
}

Result<Test> by_health(const Values& values, const FilterSources&) {
  for (const auto& value : values) {
    bool known = false;
    for (const char* health : {"none", "starting", "healthy", "unhealthy"}) known = known || value == health;
    if (!known) return refuse("Unrecognised filter value for health: " + value);
  }
  return any_of(values, [](const Container& container, const std::string& value) {
    return value == (container.state.health ? to_string(container.state.health->status) : "none");
  });
}

// As a regular expression where it is one, otherwise as it stands (filters.Args.Match).
bool matches(const std::string& text, const std::string& pattern) {
  constexpr size_t kLongest = 256;  // std::regex goes deep on long ones
  if (pattern.find_first_of("\\^$.|?*+()[]{}") == std::string::npos) return text.find(pattern) != std::string::npos;
  if (pattern.size() > kLongest) return false;
  try {
    return std::regex_search(text, std::regex(pattern));
  } catch (const std::regex_error&) {
    return false;
  }
}

Result<Test> by_name(const Values& values, const FilterSources&) {
  return any_of(values, [](const Container& container, const std::string& value) { return matches("/" + container.name, value) || matches(container.name, value); });
}

Result<Test> by_id(const Values& values, const FilterSources&) {
  return any_of(values, [](const Container& container, const std::string& value) { return container.id.str().starts_with(value); });
}

Result<Test> by_exited(const Values& values, const FilterSources&) {
  for (const auto& value : values) {
    int code = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), code);
    if (error != std::errc() || end != value.data() + value.size()) return refuse("strconv.Atoi: parsing " + go_quote(value) + ": invalid syntax");
  }
  return any_of(values, [](const Container& container, const std::string& value) {
    return !container.state.running() && container.state.started_at != 0 && std::to_string(container.state.exit_code) == value;
  });
}

Result<Test> by_label(const Values& values, const FilterSources&) {
  return Test([values](const Container& container) {
    return std::all_of(values.begin(), values.end(), [&](const std::string& value) { return label_holds(container.config, value); });
  });
}

Result<Test> by_ancestor(const Values& values, const FilterSources& sources) {
  return any_of(values, [descends = sources.descends](const Container& container, const std::string& value) { return descends(container, value); });
}

Result<Test> by_time(const Values& values, const FilterSources& sources, bool before) {
  std::optional<Nanos> bound;
  for (const auto& value : values) {
    const auto found = sources.find(value);
    if (!found.ok()) return refuse("no such container " + value);
    bound = found.value().created;
  }
  return Test([bound, before](const Container& container) { return before ? container.created < *bound : container.created > *bound; });
}
Result<Test> by_before(const Values& values, const FilterSources& sources) { return by_time(values, sources, true); }
Result<Test> by_since(const Values& values, const FilterSources& sources) { return by_time(values, sources, false); }

// By its name, or the id of one that it has now.
Result<Test> by_network(const Values& values, const FilterSources&) {
  return any_of(values, [](const Container& container, const std::string& value) {
    return std::any_of(container.networks.begin(), container.networks.end(),
                       [&](const auto& entry) { return entry.first == value || (!value.empty() && entry.second.network_id.starts_with(value)); });
  });
}

// What is mounted: by where, by the volume's name, or by the host's directory.
Result<Test> by_volume(const Values& values, const FilterSources&) {
  return any_of(values, [](const Container& container, const std::string& value) {
    return std::any_of(container.mounts.begin(), container.mounts.end(),
                       [&](const MountPoint& point) { return point.destination == value || (point.name.empty() ? point.source : point.name) == value; });
  });
}

struct PortRange {
  int first = 0, last = 0;
  std::string protocol;
};

// "80", "8000-8080/tcp"
Result<PortRange> port_range(const std::string& name, const std::string& text) {
  PortRange range;
  std::string ports = text;
  range.protocol = "tcp";
  if (const size_t slash = text.find('/'); slash != std::string::npos) {
    range.protocol = to_lower(text.substr(slash + 1));
    ports = text.substr(0, slash);
  }
  const size_t dash = ports.find('-');
  const std::string first = ports.substr(0, dash), last = dash == std::string::npos ? first : ports.substr(dash + 1);
  for (const auto& [part, into] : {std::pair(&first, &range.first), std::pair(&last, &range.last)}) {
    const auto [end, error] = std::from_chars(part->data(), part->data() + part->size(), *into);
    if (error != std::errc() || end != part->data() + part->size() || *into < 0 || *into > 65535)
      return refuse("error while looking up for " + name + " " + text + ": strconv.ParseUint: parsing " + go_quote(*part) +
                    (error == std::errc::result_out_of_range || *into > 65535 ? ": value out of range" : ": invalid syntax"));
  }
  return range;
}

Result<Test> by_expose(const Values& values, const FilterSources&) {
  std::vector<PortRange> ranges;
  for (const auto& value : values) ranges.push_back(TRY(port_range("expose", value)));
  return Test([ranges](const Container& container) {
    if (!container.state.running()) return false;  // Docker looks at the ports of the network's sandbox, which only what runs has
    for (const auto& port : container.config.exposed_ports)
      for (const auto& range : ranges) {
        const auto one = port_range("expose", port);
        if (one.ok() && one.value().protocol == range.protocol && one.value().first >= range.first && one.value().last <= range.last) return true;
      }
    return false;
  });
}

// By a port of the machine.
Result<Test> by_publish(const Values& values, const FilterSources&) {
  std::vector<PortRange> ranges;
  for (const auto& value : values) ranges.push_back(TRY(port_range("publish", value)));
  return Test([ranges](const Container& container) {
    for (const auto& [port, bindings] : container.ports)
      for (const auto& binding : bindings)
        for (const auto& range : ranges) {
          const auto one = port_range("publish", binding.host_port + "/" + port.substr(port.find('/') + 1));
          if (one.ok() && one.value().protocol == range.protocol && one.value().first >= range.first && one.value().last <= range.last) return true;
        }
    return false;
  });
}

// Tasks are a swarm's: nothing here is one.
Result<Test> by_task(const Values& values, const FilterSources&) {
  const auto is = [&](std::initializer_list<const char*> words) {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) { return std::find(words.begin(), words.end(), value) != words.end(); });
  };
  const bool yes = is({"true", "1"}), no = is({"false", "0"});
  if (yes == no) return refuse("Invalid filter 'is-task=[" + join(values, " ") + "]'");
  return Test([no](const Container&) { return no; });
}

Result<Test> by_isolation(const Values& values, const FilterSources&) {
  return any_of(values, [](const Container&, const std::string& value) { return value.empty() || value == "default"; });
}

struct Row {
  std::string_view name;
  Result<Test> (*make)(const Values& values, const FilterSources& sources);
};
constexpr Row kRows[] = {
    {"ancestor", by_ancestor}, {"before", by_before}, {"exited", by_exited},   {"expose", by_expose},   {"health", by_health},
    {"id", by_id},             {"is-task", by_task},  {"isolation", by_isolation}, {"label", by_label}, {"name", by_name},
    {"network", by_network},   {"publish", by_publish}, {"since", by_since},   {"status", by_status},   {"volume", by_volume},
};

}  // namespace

bool label_holds(const image::RunConfig& config, std::string_view wanted) {
  if (!config.labels) return false;
  const size_t equals = wanted.find('=');
  const auto found = config.labels->find(std::string(wanted.substr(0, equals)));
  return found != config.labels->end() && (equals == std::string_view::npos || found->second == wanted.substr(equals + 1));
}

Result<ContainerMatcher> ContainerMatcher::make(const ContainerFilter& filter, const FilterSources& sources) {
  ContainerMatcher matcher;
  matcher.all_ = filter.all || filter.limit > 0;
  for (const auto& row : kRows) {
    Values values;
    for (const auto& [name, value] : filter.filters)
      if (name == row.name) values.push_back(value);
    if (values.empty()) continue;
    // These ask for containers that do not run.
    if (row.name == "status" || row.name == "exited" || row.name == "before" || row.name == "since") matcher.all_ = true;
    matcher.tests_.push_back(TRY(row.make(values, sources)));
  }
  return matcher;
}

bool ContainerMatcher::operator()(const Container& container) const {
  if (!all_ && !container.state.running()) return false;
  return std::all_of(tests_.begin(), tests_.end(), [&](const auto& test) { return test(container); });
}

}  // namespace strates::engine
