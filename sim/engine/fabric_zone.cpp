#include "engine/fabric_zone.hpp"

#include <simgrid/kernel/resource/Action.hpp>
#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u/Comm.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/simix.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/link_trace.hpp"
#include "engine/settings.hpp"
#include "fabric/contention.hpp"

namespace longhaul::engine {
namespace {

using simgrid::kernel::resource::StandardLinkImpl;
using simgrid::kernel::routing::NetPoint;
using simgrid::kernel::routing::NetZoneImpl;
using simgrid::kernel::routing::Route;

/// Answers with the route that was laid out for the flow being started, and with no latency, which
/// has passed by then. SimGrid asks for it within the call that starts a communication.
class RouteZone : public NetZoneImpl {
 public:
  RouteZone() : NetZoneImpl("fabric") {}
  void get_local_route(const NetPoint*, const NetPoint*, Route* into, double*) override {
    into->link_list_ = route;
  }
  std::vector<StandardLinkImpl*> route;
};

/// Stands outside the tree of zones, so that SimGrid does not seal it and links can still be
/// made while the simulation runs.
class LinkPool : public NetZoneImpl {
 public:
  explicit LinkPool(const NetZoneImpl& owner) : NetZoneImpl("links") {
    set_network_model(owner.get_network_model());
  }
  void get_local_route(const NetPoint*, const NetPoint*, Route*, double*) override {}
};

Bytes whole_bytes(Bytes size) {
  const Bytes whole = bytes(std::ceil(size.value()));
  if (!(whole.value() >= 0.0 && whole.value() < 0x1p63))
    throw std::invalid_argument("a transfer needs a number of bytes from 0 to 2^63");
  return whole;
}

/// Calls `start` in the kernel, so that no other actor can lay out a route in between.
void start_after(Seconds latency, std::function<void()> start) {
  if (latency.value() > 0.0)
    call_at(now() + latency, std::move(start));
  else
    simgrid::kernel::actor::simcall_answered(std::move(start));
}

/// The model that runs SimGrid's communications.
simgrid::kernel::resource::Model* network_model() {
  const auto& models = simgrid::s4u::Engine::get_instance()->get_all_models();
  const auto found = std::ranges::find_if(
      models, [](const auto* model) { return model->get_name().starts_with("Network"); });
  if (found == models.end()) throw std::logic_error("SimGrid has no network model");
  return *found;
}

bool zone_exists = false;  // of this process, as SimGrid's platform

}  // namespace

class FabricZone::Impl {
 public:
  explicit Impl(fabric::Router& router)
      : router_(router),
        zone_(new RouteZone),  // SimGrid's from here on, as all zones are
        from_(zone_->create_host("from", {1.0})),
        to_(zone_->create_host("to", {1.0})),
        links_(new LinkPool(*zone_)),
        known_(router.fabric().links.size(), nullptr),
        model_(network_model()) {
    zone_->get_iface()->seal();
    simgrid::s4u::Activity::on_completion_cb(
        [this](const simgrid::s4u::Activity& activity) { finish(activity); });
  }

  fabric::Router& router_;  // NOLINT(readability-identifier-naming): as a class member

  /// `limiter` is one more link, of the flow's own; it is taken over.
  void start_bytes(const std::vector<fabric::LinkIndex>& links, simgrid::s4u::Link* limiter,
                   Bytes size, OnEnd on_end, GroupId group = 0, const PartOfFlow& part = {}) {
    finished_.clear();
    for (const fabric::LinkIndex link : links)
      if (!router_.is_open(link)) {
        if (limiter != nullptr) idle_limiters_.push_back(limiter);
        return on_end(TransferEnd::LinkFailed);
      }
    zone_->route.clear();
    for (const fabric::LinkIndex link : links)
      zone_->route.push_back(simgrid_link(link)->get_impl());
    if (limiter != nullptr) zone_->route.push_back(limiter->get_impl());
    auto comm = simgrid::s4u::Comm::sendto_init(from_, to_);
    comm->set_payload_size(static_cast<std::uint64_t>(size.value()));
    if (group != 0) groups_[group] = comm;
    under_way_.emplace(comm.get(), UnderWay{comm, limiter, std::move(on_end)});
    comm->vetoable_start();
    if (part.share < 1.0) weigh_newest(part);
  }

  /// A link of this bandwidth that nobody else uses.
  simgrid::s4u::Link* limiter(BytesPerSecond bandwidth) {
    if (idle_limiters_.empty()) {
      auto* made =
          links_->create_link("limiter " + std::to_string(++n_limiters_), {bandwidth.value()});
      made->seal();
      return made;
    }
    simgrid::s4u::Link* idle = idle_limiters_.back();
    idle_limiters_.pop_back();
    idle->set_bandwidth(bandwidth.value());
    return idle;
  }

  GroupId new_group() {
    groups_.emplace(++n_groups_, nullptr);
    return n_groups_;
  }
  bool is_under_way(GroupId group) const { return groups_.contains(group); }
  /// Whether the group was still under way.
  bool end_group(GroupId group) { return groups_.erase(group) > 0; }
  void cancel(GroupId group) {
    const auto entry = groups_.find(group);
    if (entry == groups_.end()) return;
    const simgrid::s4u::CommPtr comm = std::move(entry->second);
    groups_.erase(entry);
    if (comm == nullptr) return;  // its latency had not passed yet
    const auto transfer = under_way_.find(comm.get());
    if (transfer->second.limiter != nullptr) idle_limiters_.push_back(transfer->second.limiter);
    under_way_.erase(transfer);
    finished_.push_back(comm);
    comm->cancel();
  }

  void set_alive(fabric::LinkIndex link, bool alive) {
    router_.set_alive(link, alive);
    follow_router(link);
  }
  void set_vertex_alive(fabric::VertexIndex vertex, bool alive) {
    router_.set_vertex_alive(vertex, alive);
    const auto& links = router_.fabric().links;
    for (std::size_t link = 0; link < links.size(); ++link)
      if (links[link].src == vertex || links[link].dst == vertex)
        follow_router(static_cast<fabric::LinkIndex>(link));
  }
  void rewire(fabric::Fabric& fabric, const fabric::Wiring& wiring) {
    if (&fabric != &router_.fabric())
      throw std::logic_error("only the fabric of the zone's router can be re-wired");
    fabric::validate(router_.routing(),
                     wiring.twist ? fabric::Structure::Any : fabric::Structure::Torus);
    fabric::rewire(fabric, wiring);
    router_.follow_wiring();
    for (std::size_t link = 0; link < known_.size(); ++link)
      follow_router(static_cast<fabric::LinkIndex>(link));
  }
  /// What is under way over the link, or its bundle, fails when it has gone down.
  void follow_router(fabric::LinkIndex link) {
    const auto stands_for = router_.stands_for(link);
    simgrid::s4u::Link* known = known_[static_cast<std::size_t>(stands_for)];
    if (known == nullptr) return;
    if (known->is_on() && !router_.is_alive(link)) known->turn_off();
    if (!router_.is_open(stands_for)) return;
    if (const double capacity = router_.capacity(stands_for).value();
        capacity != known->get_bandwidth())
      known->set_bandwidth(capacity);
    if (!known->is_on()) known->turn_on();
  }

  std::int64_t n_links_used() const { return std::ssize(links_->get_all_links()); }
  std::int64_t n_under_way() const { return static_cast<std::int64_t>(under_way_.size()); }

 private:
  struct UnderWay {
    simgrid::s4u::CommPtr comm;
    simgrid::s4u::Link* limiter;
    OnEnd on_end;
  };

  /// SimGrid's communications know no weights, but the actions that carry them do; the newest of
  /// the model's is the one that has just been started.
  void weigh_newest(const PartOfFlow& part) {
    auto& action = model_->get_started_action_set()->back();
    action.set_sharing_penalty(1.0 / part.share);
    if (!std::isinf(part.limit.value())) action.set_bound(part.limit.value());
  }

  /// Without commas, which separate the columns of pj_dump.
  std::string name_of(fabric::LinkIndex index) const {
    auto name = std::to_string(index);
    if (traces_links()) name += ": " + fabric::link_name(router_.fabric(), index);
    std::erase(name, ',');
    return name;
  }

  simgrid::s4u::Link* simgrid_link(fabric::LinkIndex index) {
    simgrid::s4u::Link*& known = known_[static_cast<std::size_t>(index)];
    if (known == nullptr) {
      known = links_->create_link(name_of(index), {router_.capacity(index).value()});
      known->seal();
    }
    return known;
  }

  void finish(const simgrid::s4u::Activity& activity) {
    const auto entry = under_way_.find(&activity);
    if (entry == under_way_.end()) return;  // somebody else's
    const OnEnd on_end = std::move(entry->second.on_end);
    finished_.push_back(std::move(entry->second.comm));  // SimGrid is still busy with it
    if (entry->second.limiter != nullptr) idle_limiters_.push_back(entry->second.limiter);
    under_way_.erase(entry);
    on_end(activity.get_state() == simgrid::s4u::Activity::State::FINISHED
               ? TransferEnd::Finished
               : TransferEnd::LinkFailed);
  }

  RouteZone* zone_;
  simgrid::s4u::Host* from_;
  simgrid::s4u::Host* to_;
  LinkPool* links_;
  std::vector<simgrid::s4u::Link*> known_;
  simgrid::kernel::resource::Model* model_;
  std::unordered_map<const simgrid::s4u::Activity*, UnderWay> under_way_;
  std::vector<simgrid::s4u::CommPtr> finished_;
  std::vector<simgrid::s4u::Link*> idle_limiters_;
  std::int64_t n_limiters_ = 0;
  std::unordered_map<GroupId, simgrid::s4u::CommPtr> groups_;  // null until the latency has passed
  GroupId n_groups_ = 0;
};

FabricZone::FabricZone(fabric::Router& router) {
  if (!simgrid::s4u::Engine::has_instance())
    throw std::logic_error("start_engine() must come before the FabricZone");
  if (std::exchange(zone_exists, true))
    throw std::logic_error("SimGrid has one platform a process, so there is one FabricZone");
  impl_ = std::make_unique<Impl>(router);
}

// SimGrid keeps the callback for good, so what it points to stays too.
FabricZone::~FabricZone() { static_cast<void>(impl_.release()); }

const fabric::Router& FabricZone::router() const { return impl_->router_; }

void FabricZone::start(const fabric::Flow& flow, Bytes size, OnEnd on_end) {
  const auto routes = impl_->router_.routes(flow);
  Seconds latency;
  for (const auto& route : routes) latency = std::max(latency, route.latency);
  start_routes(routes, latency, size, std::move(on_end));
}

void FabricZone::start_routes(std::span<const fabric::Route> routes, Seconds latency, Bytes size,
                              OnEnd on_end) {
  if (routes.size() == 1) return start_over(routes[0].links, latency, size, std::move(on_end));
  const BytesPerSecond alone = fabric::bandwidth_alone(impl_->router_, routes);
  struct Whole {
    std::size_t parts_left;
    TransferEnd end = TransferEnd::Finished;
    OnEnd on_end;
  };
  const auto whole =
      std::make_shared<Whole>(Whole{routes.size(), TransferEnd::Finished, std::move(on_end)});
  for (const auto& route : routes)
    start_over(route.links, latency, route.share * size,
               [whole](TransferEnd end) {
                 if (end != TransferEnd::Finished) whole->end = end;
                 if (--whole->parts_left == 0) whole->on_end(whole->end);
               },
               {route.share, route.share * alone});
}

void FabricZone::start_over(std::span<const fabric::LinkIndex> links, Seconds latency, Bytes size,
                            OnEnd on_end, const PartOfFlow& part) {
  const Bytes whole = whole_bytes(size);
  if (impl_->router_.is_adaptive()) {
    impl_->router_.occupy(links);
    on_end = [impl = impl_.get(), route = std::vector(links.begin(), links.end()),
              on_end = std::move(on_end)](TransferEnd end) {
      impl->router_.release(route);
      on_end(end);
    };
  }
  if (links.empty() || whole.value() == 0.0) {
    call_at(now() + latency, [on_end = std::move(on_end)] { on_end(TransferEnd::Finished); });
    return;
  }
  start_after(latency, [impl = impl_.get(), route = std::vector(links.begin(), links.end()), whole,
                        on_end = std::move(on_end),
                        part] { impl->start_bytes(route, nullptr, whole, on_end, 0, part); });
}

FabricZone::GroupId FabricZone::start_group(const fabric::FlowGroup& group, Bytes total,
                                            OnEnd on_end) {
  const Bytes whole = whole_bytes(total);
  const GroupId id = impl_->new_group();
  const OnEnd end = [impl = impl_.get(), id, on_end = std::move(on_end)](TransferEnd how) {
    if (impl->end_group(id)) on_end(how);
  };
  if (whole.value() == 0.0 || std::isinf(group.bandwidth.value()))
    call_at(now() + group.latency, [end] { end(TransferEnd::Finished); });
  else
    start_after(group.latency, [impl = impl_.get(), id, links = group.common_links,
                                bandwidth = group.bandwidth, whole, end] {
      if (impl->is_under_way(id))
        impl->start_bytes(links, impl->limiter(bandwidth), whole, end, id);
    });
  return id;
}

void FabricZone::cancel(GroupId group) { impl_->cancel(group); }

void FabricZone::set_alive(fabric::LinkIndex link, bool alive) { impl_->set_alive(link, alive); }
void FabricZone::set_vertex_alive(fabric::VertexIndex vertex, bool alive) {
  impl_->set_vertex_alive(vertex, alive);
}
void FabricZone::rewire(fabric::Fabric& fabric, const fabric::Wiring& wiring) {
  impl_->rewire(fabric, wiring);
}
std::int64_t FabricZone::n_links_used() const { return impl_->n_links_used(); }
std::int64_t FabricZone::n_under_way() const { return impl_->n_under_way(); }

}  // namespace longhaul::engine
